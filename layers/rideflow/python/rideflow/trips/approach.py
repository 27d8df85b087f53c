"""The verdict on a rider who cancels (TR4), by whether the driver came.

| the trip           | the driver's last position since the assignment           | rule                 | fault  | fee |
|--------------------|-----------------------------------------------------------|----------------------|--------|-----|
| has no driver yet  |                                                           | `no_driver_yet`      | nobody |     |
| in the grace       |                                                           | `in_grace`           | nobody |     |
| driver has arrived | (the arrival is believed)                                 | `driver_arrived`     | rider  | yes |
| driver is coming   | at the pickup                                             | `driver_at_pickup`   | rider  | yes |
| driver is coming   | 200 m or 20 % nearer than when assigned, at least 30 m   | `driver_came_nearer` | rider  | yes |
| driver is coming   | farther away by as much                                   | `driver_moved_away`  | driver |     |
| driver is coming   | neither                                                   | `driver_never_moved` | driver |     |
| driver is coming   | none, or nothing tells how far away they were             | `not_known`          | nobody |     |

An arrival that nobody could believe is judged as if the driver was still coming. The figures are the city's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rideflow.kernel.geo import Fix, distance_m
from rideflow.trips.model import DRIVER_ARRIVED, Trip, Verdict
from rideflow.trips.rules import ApproachRules, ArrivalRules, CancellationRules


@dataclass(frozen=True, slots=True)
class Approach:
    """What is known of a driver's way to the pickup. `fixes` is None if nobody looked, or the stores do not answer.

    `assigned_distance_m` is how far the driver was when they were asked to take the trip.
    """

    fixes: Sequence[Fix] | None = None
    assigned_distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, its rule and its evidence (JSON-ready)."""

    verdict: Verdict
    rule: str
    evidence: dict[str, Any]


def is_late(trip: Trip, at: datetime, rules: CancellationRules) -> bool:
    """Whether the rider's cancellation needs a judgement: a driver was assigned, and the grace is over."""
    return trip.assigned_at is not None and at - trip.assigned_at > rules.grace


def judged(
    trip: Trip, at: datetime, approach: Approach, *, rules: CancellationRules, near: ArrivalRules, came: ApproachRules
) -> Judgement:
    """The table of this module."""
    if trip.assigned_at is None:
        return Judgement(Verdict.NOBODY, "no_driver_yet", {})
    if not is_late(trip, at, rules):
        return Judgement(Verdict.NOBODY, "in_grace", {})
    if trip.state is DRIVER_ARRIVED and trip.arrival_distance_m is not None:
        return Judgement(Verdict.RIDER, "driver_arrived", {"arrival_distance_m": trip.arrival_distance_m})
    return _by_positions(trip, trip.assigned_at, approach, near, came)


def _by_positions(
    trip: Trip, assigned_at: datetime, approach: Approach, near: ArrivalRules, came: ApproachRules
) -> Judgement:
    since = [fix for fix in approach.fixes or () if fix.at >= assigned_at]
    if not since:
        return Judgement(Verdict.NOBODY, "not_known", {})
    away_m = distance_m(since[-1].place, trip.pickup)
    was_m = approach.assigned_distance_m
    if was_m is None and len(since) > 1:
        was_m = distance_m(since[0].place, trip.pickup)
    evidence = {
        "assigned_distance_m": None if was_m is None else round(was_m),
        "last_distance_m": round(away_m),
        "last_position_at": since[-1].at.isoformat(),
    }
    if away_m <= near.within_m:
        return Judgement(Verdict.RIDER, "driver_at_pickup", evidence)
    if was_m is None:
        return Judgement(Verdict.NOBODY, "not_known", evidence)
    enough_m = came.counts_from_m(was_m)
    if was_m - away_m >= enough_m:
        return Judgement(Verdict.RIDER, "driver_came_nearer", evidence)
    left = away_m - was_m >= enough_m
    return Judgement(Verdict.DRIVER, "driver_moved_away" if left else "driver_never_moved", evidence)
