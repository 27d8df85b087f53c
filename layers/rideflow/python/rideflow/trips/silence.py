"""Trips whose driver's phone is silent. Nothing here does I/O.

| the trip is                 | silent for, while we listened | then                                               |
|-----------------------------|-------------------------------|----------------------------------------------------|
| driver_assigned             | 3 minutes                     | handed back: matched again, without this driver    |
| driver_arrived, in_progress | 15 minutes                    | in the operators' list, with the time              |
| driver_arrived              | 4 hours                       | cancelled by us, at no cost                        |
| in_progress                 | 4 hours                       | completed; the fare is the quote, or the fare of   |
|                             |                               | the path if that is known well enough              |

The figures are the market's (`rules`). Silence counts from the last sign of life: the phone sent something, or the
driver changed the trip. Time in which the phone could not have been heard does not count: the stores of positions did
not answer, or no sweep ran. But 12 hours after the last sign of life the trip ends even if the phone could not be heard
since. `stays` covers trips that stay in a state, whatever the driver's phone sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from rideflow.markets.rules import SilenceRules
from rideflow.trips import cancellation
from rideflow.trips.approach import Judgement
from rideflow.trips.model import (
    DRIVER_ARRIVED,
    DRIVER_ASSIGNED,
    Actor,
    Change,
    Operation,
    Trip,
    TripState,
    Verdict,
    changed,
)

DRIVER_SILENT = "driver_silent"
SILENT_AFTER = timedelta(minutes=1)
"""A driver counts as silent after this time. A driver without a trip is taken offline after the same time."""


class DueAction(StrEnum):
    """The action that is due for a trip."""

    NOTHING = "nothing"
    LIST = "list"
    HAND_BACK = "hand back"
    END = "end"


@dataclass(frozen=True, slots=True)
class DrivenTrip:
    """A trip that has a driver, as a sweep finds it.

    `last_act_at` is when the driver last changed the trip, and `entered_at` is when it entered its state.
    `silent_since` is the result of earlier sweeps, None if the driver was heard at the last look. `looked_at` is the
    time of the last look at the trip's market, None if there was none.
    """

    trip_id: UUID
    driver_id: UUID
    state: TripState
    version: int
    market: str
    quoted_duration_s: int
    last_act_at: datetime
    entered_at: datetime
    silent_since: datetime | None
    looked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Silence:
    """The silence of a driver. `since` is the last sign of life.

    `listened_since` is the time from which on another sign would have been heard; None if the phone cannot be heard
    now. If no position is known, the silence `is_assumed` to have begun when that was first found.
    """

    since: datetime
    listened_since: datetime | None
    is_assumed: bool = False

    def lasts(self, now: datetime) -> timedelta:
        """The length of the silence, without time in which the phone could not have been heard."""
        return timedelta(0) if self.listened_since is None else now - max(self.since, self.listened_since)


def due(state: TripState, silence: Silence, now: datetime, rules: SilenceRules) -> DueAction:
    """The due action by the table of this module."""
    lasts, is_over = silence.lasts(now), now - silence.since >= rules.at_the_latest
    if state is DRIVER_ASSIGNED:
        return DueAction.HAND_BACK if is_over or lasts >= rules.handed_back_after else DueAction.NOTHING
    if is_over or lasts >= rules.ended_after:
        return DueAction.END
    return DueAction.LIST if lasts >= rules.listed_after else DueAction.NOTHING


def taken_from_silent_driver(trip: Trip, silence: Silence, now: datetime) -> Change | None:
    """The trip without its silent driver: handed back, cancelled or completed."""
    evidence = {"silent_since": silence.since.isoformat()}
    if trip.state is DRIVER_ASSIGNED:
        return cancellation.handed_back(trip, Actor.PLATFORM, None, DRIVER_SILENT, now)
    if trip.state is DRIVER_ARRIVED:
        judgement = Judgement(Verdict.DRIVER, DRIVER_SILENT, evidence)
        return cancellation.cancelled_by_platform(trip, DRIVER_SILENT, now, judgement)
    return changed(
        trip, Operation.COMPLETE, Actor.PLATFORM, now, told={"reason": DRIVER_SILENT, **evidence},
        completed_at=now, ended_at=now,
    )  # fmt: skip
