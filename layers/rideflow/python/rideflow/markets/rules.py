"""`rules.json`: the rules of a market for trips."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from rideflow.markets.versions import version_of


class CancellationRules(BaseModel):
    """The rules for cancelled trips. Money is in minor units of the market's currency, times are in seconds.

    They are promised with the price: a quote keeps them with a name, and its trip does (`FrozenCancellation`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cancellation_fee_minor: int = Field(ge=0)
    cancellation_grace_s: int = Field(ge=0)
    no_show_after_s: int = Field(ge=0)

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.cancellation_grace_s)

    @property
    def no_show_after(self) -> timedelta:
        return timedelta(seconds=self.no_show_after_s)

    @property
    def frozen(self) -> FrozenCancellation:
        """The rules as a quote promises them, whatever later deploys change."""
        return FrozenCancellation(**dict(self), version=version_of("cancellation", self))


class FrozenCancellation(CancellationRules):
    """The rules of a quote and its trip, with the name that their version had when the price was quoted."""

    version: str


class SchedulingRules(BaseModel):
    """The limits for pickup times of scheduled rides, and when the search for a driver begins. Times in seconds.

    The pickup is at least `earliest_s` ahead, and at most `latest_days` after the quote, for as long as its price
    holds. A rider has at most `most_open` scheduled rides, whose pickups are at least `apart_s` apart. The time to a
    pickup is that of recent trips, or `usual_pickup_s` if fewer than `pickups_needed` are known, but at most
    `longest_pickup_s`. The search begins `slack_s` earlier than that. A rider waits until `rider_waits_s` after the
    pickup time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    earliest_s: int = Field(gt=0)
    latest_days: int = Field(gt=0)
    most_open: int = Field(gt=0)
    apart_s: int = Field(ge=0)
    usual_pickup_s: int = Field(ge=0)
    pickups_needed: int = Field(gt=0)
    longest_pickup_s: int = Field(gt=0)
    slack_s: int = Field(ge=0)
    rider_waits_s: int = Field(gt=0)

    @property
    def earliest(self) -> timedelta:
        return timedelta(seconds=self.earliest_s)

    @property
    def latest(self) -> timedelta:
        return timedelta(days=self.latest_days)

    @property
    def apart(self) -> timedelta:
        return timedelta(seconds=self.apart_s)

    @property
    def rider_waits(self) -> timedelta:
        return timedelta(seconds=self.rider_waits_s)

    @property
    def longest_lead(self) -> timedelta:
        return timedelta(seconds=self.longest_pickup_s + self.slack_s)


class ArrivalRules(BaseModel):
    """The conditions for a driver to be at the pickup. Distances in metres, times in seconds.

    A fix may be further away by its accuracy, of which at most `accuracy_counts_m` count. It is valid for
    `fix_counts_s` before and after its time. A command may come late and say when it happened: at most
    `latest_s` ago, by a clock that is at most `clock_off_s` off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    within_m: int = Field(gt=0)
    accuracy_counts_m: int = Field(ge=0)
    fix_counts_s: int = Field(gt=0)
    latest_s: int = Field(gt=0)
    clock_off_s: int = Field(ge=0)

    @property
    def fix_counts_for(self) -> timedelta:
        return timedelta(seconds=self.fix_counts_s)

    @property
    def latest(self) -> timedelta:
        return timedelta(seconds=self.latest_s)

    @property
    def clock_off(self) -> timedelta:
        return timedelta(seconds=self.clock_off_s)


class ApproachRules(BaseModel):
    """The conditions for a driver to have moved towards the pickup.

    The driver must be nearer by `nearer_by_m` or by `nearer_by_percent` of the way, whichever is less. A phone at rest
    may seem to move by `noise_m`, or by `noise_percent` of the joint error of both fixes, whichever is more; such a
    movement never counts. One parked phone in a hundred seems to move further, with 20 m of noise, or with an accuracy
    that is the radius of 68 %, as phones report it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    nearer_by_m: int = Field(gt=0)
    nearer_by_percent: int = Field(gt=0, le=100)
    noise_m: int = Field(ge=0)
    noise_percent: int = Field(ge=0)

    def counts_from_m(self, away_m: float) -> float:
        """How many metres nearer a driver who was `away_m` away must have come."""
        return min(self.nearer_by_m, away_m * self.nearer_by_percent / 100)

    def noise_between_m(self, *accuracies_m: float) -> float:
        """How many metres a phone at rest may seem to have moved between fixes of these accuracies."""
        return max(self.noise_m, math.hypot(*accuracies_m) * self.noise_percent / 100)


class SilenceRules(BaseModel):
    """The limits for a trip whose driver's phone is silent, in seconds of silence.

    `at_the_latest_s` counts from the last sign of life, even if phones could not be heard since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    handed_back_after_s: int = Field(gt=0)
    listed_after_s: int = Field(gt=0)
    ended_after_s: int = Field(gt=0)
    at_the_latest_s: int = Field(gt=0)

    @property
    def handed_back_after(self) -> timedelta:
        return timedelta(seconds=self.handed_back_after_s)

    @property
    def listed_after(self) -> timedelta:
        return timedelta(seconds=self.listed_after_s)

    @property
    def ended_after(self) -> timedelta:
        return timedelta(seconds=self.ended_after_s)

    @property
    def at_the_latest(self) -> timedelta:
        return timedelta(seconds=self.at_the_latest_s)


class StayRules(BaseModel):
    """The limits for a trip that stays in a state although its phones are heard. Times in seconds.

    The trip is listed for operators after `listed_after_s`, and taken out of the state after `ended_after_s`. If
    `listed_after_quotes` times the quoted duration is longer than `listed_after_s`, both happen later by the
    difference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    listed_after_s: int = Field(gt=0)
    listed_after_quotes: int = Field(default=0, ge=0)
    ended_after_s: int = Field(gt=0)

    def listed_after(self, quoted: timedelta) -> timedelta:
        return max(timedelta(seconds=self.listed_after_s), self.listed_after_quotes * quoted)

    def ended_after(self, quoted: timedelta) -> timedelta:
        return self.listed_after(quoted) + timedelta(seconds=self.ended_after_s - self.listed_after_s)


class Stays(BaseModel):
    """The limits for each state in which a trip has a driver."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    driver_assigned: StayRules
    driver_arrived: StayRules
    in_progress: StayRules

    @cached_property
    def by_state(self) -> Mapping[str, StayRules]:
        return dict(self)


class Rules(BaseModel):
    """The rules of a market."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cancellation: CancellationRules
    scheduling: SchedulingRules
    arrival: ArrivalRules
    approach: ApproachRules
    silence: SilenceRules
    stays: Stays
