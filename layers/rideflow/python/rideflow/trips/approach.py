"""The verdict on a rider who cancels, by whether the driver came.

| the trip           | the driver's last position since the assignment          | rule                 | fault  | fee |
|--------------------|----------------------------------------------------------|----------------------|--------|-----|
| has no driver yet  |                                                          | `no_driver_yet`      | nobody |     |
| in the grace       |                                                          | `in_grace`           | nobody |     |
| driver has arrived | 300 m or farther from the pickup, after the arrival      | `driver_left`        | driver |     |
| driver has arrived | any other, or none                                       | `driver_arrived`     | rider  | yes |
| driver is coming   | at the pickup, after a move towards it                   | `driver_at_pickup`   | rider  | yes |
| driver is coming   | at the pickup, without a move                            | `driver_stood_near`  | nobody |     |
| driver is coming   | a move of 200 m or 20 % nearer than when assigned        | `driver_came_nearer` | rider  | yes |
| driver is coming   | farther away by as much                                  | `driver_moved_away`  | driver |     |
| driver is coming   | neither                                                  | `driver_never_moved` | driver |     |
| driver is coming   | none, or the distance when assigned is not known         | `not_known`          | nobody |     |

A driver counts as arrived if the arrival was believed, and was reported within `fix_counts_s`. After any other arrival
the driver counts as still coming, because the arrival is not proven or the rider did not know of it. A move must be
longer than a parked phone may seem to move: 75 m, or more if the fixes may be off by more. The market sets the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rideflow.kernel.geo import Fix, distance_m
from rideflow.markets.rules import ApproachRules, ArrivalRules, CancellationRules
from rideflow.trips.model import DRIVER_ARRIVED, Trip, Verdict


@dataclass(frozen=True, slots=True)
class Approach:
    """The evidence of a driver's way to the pickup.

    `fixes` is None if positions were not read, or the stores do not answer. `assigned_distance_m` is how far the driver
    was from the pickup when they were offered the trip.
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
    """The judgement by the table of this module."""
    if trip.assigned_at is None:
        return Judgement(Verdict.NOBODY, "no_driver_yet", {})
    if not is_late(trip, at, rules):
        return Judgement(Verdict.NOBODY, "in_grace", {})
    if _has_arrived(trip, near):
        return _of_an_arrival(trip, approach, near, came)
    return _by_positions(trip, trip.assigned_at, approach, near, came)


def _has_arrived(trip: Trip, near: ArrivalRules) -> bool:
    """Whether the driver's arrival was believed, and reported when it happened."""
    if trip.state is not DRIVER_ARRIVED or trip.arrived_at is None or trip.arrival_distance_m is None:
        return False
    return (trip.arrival_told_at or trip.arrived_at) - trip.arrived_at <= near.fix_counts_for


def _of_an_arrival(trip: Trip, approach: Approach, near: ArrivalRules, came: ApproachRules) -> Judgement:
    evidence: dict[str, Any] = {"arrival_distance_m": trip.arrival_distance_m}
    since = [fix for fix in approach.fixes or () if trip.arrived_at is not None and fix.at > trip.arrived_at]
    if since and distance_m(since[-1].place, trip.pickup) >= near.within_m + came.nearer_by_m:
        return Judgement(Verdict.DRIVER, "driver_left", evidence | _last_seen(since[-1], trip))
    return Judgement(Verdict.RIDER, "driver_arrived", evidence)


def _by_positions(
    trip: Trip, assigned_at: datetime, approach: Approach, near: ArrivalRules, came: ApproachRules
) -> Judgement:
    since = [fix for fix in approach.fixes or () if fix.at >= assigned_at]
    if not since:
        return Judgement(Verdict.NOBODY, "not_known", {})
    last, was_m = since[-1], approach.assigned_distance_m
    first = last if was_m is not None else since[0]  # the accuracy at the offer is not known: the last fix's is taken
    if was_m is None and len(since) > 1:
        was_m = distance_m(first.place, trip.pickup)
    evidence = {"assigned_distance_m": None if was_m is None else round(was_m), **_last_seen(last, trip)}
    if was_m is None:
        return Judgement(Verdict.NOBODY, "not_known", evidence)
    nearer_m = was_m - distance_m(last.place, trip.pickup)
    verdict, rule = _moved(was_m, nearer_m, came.noise_between_m(first.accuracy_m, last.accuracy_m), near, came)
    return Judgement(verdict, rule, evidence)


def _moved(
    was_m: float, nearer_m: float, noise_m: float, near: ArrivalRules, came: ApproachRules
) -> tuple[Verdict, str]:
    """The verdict and rule on a driver who came `nearer_m` nearer, below 0 if they are farther away."""
    is_there, enough_m = was_m - nearer_m <= near.within_m, max(noise_m, came.counts_from_m(was_m))
    if is_there and nearer_m >= noise_m:
        return Verdict.RIDER, "driver_at_pickup"
    if is_there:
        return Verdict.NOBODY, "driver_stood_near"
    if nearer_m >= enough_m:
        return Verdict.RIDER, "driver_came_nearer"
    return Verdict.DRIVER, "driver_moved_away" if -nearer_m >= enough_m else "driver_never_moved"


def _last_seen(fix: Fix, trip: Trip) -> dict[str, Any]:
    return {"last_distance_m": round(distance_m(fix.place, trip.pickup)), "last_position_at": fix.at.isoformat()}
