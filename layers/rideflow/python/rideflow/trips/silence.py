"""Trips whose driver's phone is silent (TR8). Nothing here does I/O.

| the trip is                 | silent for, while we listened | then                                               |
|-----------------------------|-------------------------------|----------------------------------------------------|
| driver_assigned             | 3 minutes                     | handed back: matched anew, without this driver     |
| driver_arrived, in_progress | 15 minutes                    | in the operators' list, with the time              |
| driver_arrived              | 4 hours                       | cancelled by us, at no cost                        |
| in_progress                 | 4 hours                       | completed; the quote is the fare, or what the path |
|                             |                               | says if it is known well enough                    |

The figures are the market's (`rules`). Silence counts from the last sign of life: the phone sent something, or the
driver did something to the trip. Time in which nobody could have heard the phone is no silence: the stores of positions
did not answer, or nobody looked. Only 12 hours after the last sign of life the trip ends also if nobody could listen
since. `stays` says what happens to a trip that stays in a state whatever its driver's phone sends.
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
"""As long as a driver without a trip may be silent before they are offline."""


class DueAction(StrEnum):
    """The action that is due for a trip."""

    NOTHING = "nothing"
    LIST = "list"
    HAND_BACK = "hand back"
    END = "end"


@dataclass(frozen=True, slots=True)
class DrivenTrip:
    """A trip that somebody drives, as a sweep finds it.

    `last_act_at` is when its driver last did something to it, `entered_at` since when it is in its state.
    `silent_since` is what sweeps before have found, None if the driver was heard at the last look; `looked_at` is when
    that was for the trip's market, None if there was none.
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
    """`since` is the last sign of life; `listened_since` is from when on another one would have been heard, or None.

    `is_assumed` if no position is known: then silence began when that was first found.
    """

    since: datetime
    listened_since: datetime | None
    is_assumed: bool = False

    def lasts(self, now: datetime) -> timedelta:
        """As far as somebody listened."""
        return timedelta(0) if self.listened_since is None else now - max(self.since, self.listened_since)


def due(state: TripState, silence: Silence, now: datetime, rules: SilenceRules) -> DueAction:
    """The table of this module."""
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
        return cancellation.handed_back(trip, Actor.PROVIDER, None, DRIVER_SILENT, now)
    if trip.state is DRIVER_ARRIVED:
        judgement = Judgement(Verdict.DRIVER, DRIVER_SILENT, evidence)
        return cancellation.cancelled_by_provider(trip, DRIVER_SILENT, now, judgement)
    return changed(
        trip, Operation.COMPLETE, Actor.PROVIDER, now, told={"reason": DRIVER_SILENT, **evidence},
        completed_at=now, ended_at=now,
    )  # fmt: skip
