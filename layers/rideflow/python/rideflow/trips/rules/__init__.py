"""A city's rules for trips: data, one JSON file per city beside this module."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field


class CancellationRules(BaseModel):
    """Money in minor units of the city's currency, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cancellation_fee_minor: int
    cancellation_grace_s: int
    no_show_after_s: int

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.cancellation_grace_s)

    @property
    def no_show_after(self) -> timedelta:
        return timedelta(seconds=self.no_show_after_s)


class SchedulingRules(BaseModel):
    """When rides may be scheduled for, and how long before the pickup a driver is looked for. Times in seconds.

    A quote's price holds for `latest_days` of its making. The time to a pickup is what recent trips took, or
    `usual_pickup_s` where fewer than `pickups_needed` are known, and never counted longer than `longest_pickup_s`;
    `slack_s` comes on top. A rider waits until `rider_waits_s` after the pickup time.
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


class _CityRules(BaseModel):
    """One city's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cancellation: CancellationRules
    scheduling: SchedulingRules


def cancellation_rules_of(city: str) -> CancellationRules:
    """Raises FileNotFoundError for a city that has none: a deployed city has its file."""
    return _rules_of(city).cancellation


def scheduling_rules_of(city: str) -> SchedulingRules:
    """Raises FileNotFoundError for a city that has none: a deployed city has its file."""
    return _rules_of(city).scheduling


@cache
def _rules_of(city: str) -> _CityRules:
    file = resources.files("rideflow.trips.rules").joinpath(f"{city}.json")
    return _CityRules.model_validate_json(file.read_text(encoding="utf-8"))
