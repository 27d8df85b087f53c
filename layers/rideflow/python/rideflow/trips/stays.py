"""Trips that stay too long in a state, whether or not the driver's phone is heard (TR8). Nothing here does I/O.

| the trip is     | in the state for                             | then                                                |
|-----------------|----------------------------------------------|-----------------------------------------------------|
| driver_assigned | 45 minutes                                   | in the operators' list                              |
| driver_assigned | 2 hours                                      | handed back: matched anew                           |
| driver_arrived  | 1 hour                                       | in the operators' list                              |
| driver_arrived  | 4 hours                                      | cancelled by us, at no cost                         |
| in_progress     | the longer of 4 hours and 3 quoted durations | in the operators' list                              |
| in_progress     | 12 hours longer                              | completed when the car was first at the dropoff, or |
|                 |                                              | now if it was not seen there; the path is the fare  |

The figures are the market's (`rules`). The time counts from the entry into the state; before the start of a scheduled
trip, from its pickup time at the earliest. A rider does not pay for where the car went after the dropoff. The car is
looked for there from half the quoted duration on: a ride may end where it began. While positions cannot be read, nobody
can say that it was not there: the ride waits for them, an hour at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rideflow.kernel.geo import Fix, Sightings
from rideflow.markets.rules import ArrivalRules, StayRules
from rideflow.trips import cancellation
from rideflow.trips.evidence import is_at
from rideflow.trips.late import told_late
from rideflow.trips.model import DRIVER_ARRIVED, DRIVER_ASSIGNED, Actor, Change, Operation, Trip, changed
from rideflow.trips.silence import DrivenTrip, DueAction

TOO_LONG = "too_long"

POSITIONS_BACK_WITHIN = timedelta(hours=1)
"""A ride that should end waits so long for positions that cannot be read."""


def due(trip: DrivenTrip, now: datetime, rules: StayRules) -> DueAction:
    """The table of this module."""
    stayed, quoted = now - trip.entered_at, timedelta(seconds=trip.quoted_duration_s)
    if stayed >= rules.ended_after(quoted):
        return DueAction.HAND_BACK if trip.state is DRIVER_ASSIGNED else DueAction.END
    return DueAction.LIST if stayed >= rules.listed_after(quoted) else DueAction.NOTHING


def taken_out(trip: Trip, seen: Sightings, now: datetime, rules: StayRules, near: ArrivalRules) -> Change | None:
    """The trip out of the state in which it stayed too long; None if it has to wait for positions.

    `seen` is where its driver was, which only matters in progress.
    """
    if trip.state is DRIVER_ASSIGNED:
        return cancellation.handed_back(trip, Actor.PROVIDER, None, TOO_LONG, now)
    if trip.state is DRIVER_ARRIVED:
        return cancellation.cancelled_by_provider(trip, TOO_LONG, now)
    at = _reached_dropoff(trip, seen.fixes, near)
    if at is None and not seen.is_complete and _may_wait(trip, now, rules):
        return None
    at = at or now
    return changed(
        trip, Operation.COMPLETE, Actor.PROVIDER, at, told={"reason": TOO_LONG, **told_late(at, now)},
        completed_at=at, ended_at=now,
    )  # fmt: skip


def _may_wait(trip: Trip, now: datetime, rules: StayRules) -> bool:
    quoted = timedelta(seconds=trip.quoted_duration_s)
    return trip.started_at is not None and now < trip.started_at + rules.ended_after(quoted) + POSITIONS_BACK_WITHIN


def _reached_dropoff(trip: Trip, fixes: Sequence[Fix], near: ArrivalRules) -> datetime | None:
    """When the car first came to the dropoff; None if it was not seen there."""
    if trip.started_at is None:
        return None
    earliest = trip.started_at + timedelta(seconds=trip.quoted_duration_s) / 2
    return next((fix.at for fix in fixes if fix.at >= earliest and is_at(fix, trip.dropoff, near)), None)
