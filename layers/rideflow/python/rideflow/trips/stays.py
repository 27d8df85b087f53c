"""Trips that stay too long in a state, whether or not the driver's phone is heard. Nothing here does I/O.

| the trip is     | in the state for                             | then                                                |
|-----------------|----------------------------------------------|-----------------------------------------------------|
| driver_assigned | 45 minutes                                   | in the operators' list                              |
| driver_assigned | 2 hours                                      | handed back: matched again                          |
| driver_arrived  | 1 hour                                       | in the operators' list                              |
| driver_arrived  | 4 hours                                      | cancelled by us, at no cost                         |
| in_progress     | the longer of 4 hours and 3 quoted durations | in the operators' list                              |
| in_progress     | 12 hours longer                              | completed when the car was first at the dropoff, or |
|                 |                                              | now if it was not seen there, with the path's fare  |

The figures are the market's (`rules`). The time counts from the entry into the state. Before the start of a scheduled
trip, it counts from the pickup time at the earliest. A rider does not pay for the car's way after the dropoff. The car
is searched at the dropoff from half the quoted duration on, because a ride may end where it began. While positions
cannot be read, it is not known whether the car was there, so the ride waits for them, for at most an hour.
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
"""A ride that should end waits at most this long for positions that cannot be read."""


def due(trip: DrivenTrip, now: datetime, rules: StayRules) -> DueAction:
    """The due action by the table of this module."""
    stayed, quoted = now - trip.entered_at, timedelta(seconds=trip.quoted_duration_s)
    if stayed >= rules.ended_after(quoted):
        return DueAction.HAND_BACK if trip.state is DRIVER_ASSIGNED else DueAction.END
    return DueAction.LIST if stayed >= rules.listed_after(quoted) else DueAction.NOTHING


def taken_out(trip: Trip, seen: Sightings, now: datetime, rules: StayRules, near: ArrivalRules) -> Change | None:
    """The trip, taken out of the state in which it stayed too long; None if it must wait for positions.

    `seen` are the driver's positions, which matter only if the trip is in progress.
    """
    if trip.state is DRIVER_ASSIGNED:
        return cancellation.handed_back(trip, Actor.PLATFORM, None, TOO_LONG, now)
    if trip.state is DRIVER_ARRIVED:
        return cancellation.cancelled_by_platform(trip, TOO_LONG, now)
    at = _reached_dropoff(trip, seen.fixes, near)
    if at is None and not seen.is_complete and _may_wait(trip, now, rules):
        return None
    at = at or now
    return changed(
        trip, Operation.COMPLETE, Actor.PLATFORM, at, told={"reason": TOO_LONG, **told_late(at, now)},
        completed_at=at, ended_at=now,
    )  # fmt: skip


def _may_wait(trip: Trip, now: datetime, rules: StayRules) -> bool:
    quoted = timedelta(seconds=trip.quoted_duration_s)
    return trip.started_at is not None and now < trip.started_at + rules.ended_after(quoted) + POSITIONS_BACK_WITHIN


def _reached_dropoff(trip: Trip, fixes: Sequence[Fix], near: ArrivalRules) -> datetime | None:
    """The time at which the car was first seen at the dropoff; None if it was not seen there."""
    if trip.started_at is None:
        return None
    earliest = trip.started_at + timedelta(seconds=trip.quoted_duration_s) / 2
    return next((fix.at for fix in fixes if fix.at >= earliest and is_at(fix, trip.dropoff, near)), None)
