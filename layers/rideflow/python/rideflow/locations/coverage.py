"""The share of a ride that its path accounts for, so that incomplete evidence does not count as complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from rideflow.kernel.geo import Point, distance_m
from rideflow.supply.model import PathPoint, milliseconds

LONGEST_GAP_S = 60.0
"""A longer silence hides a way that is not known."""
FURTHEST_END_M = 200.0
"""If a path begins or ends further than this from the ride's ends, the way between is missing."""
UNSEEN_WITHIN, UNSEEN_WITHIN_M = 0.03, 50.0
"""Points far apart may hide this much of a way without a hole: a share of it, or metres if those are more."""
_USUAL_MPS, _FASTER = 15.0, 1.5
"""A speed that any car may reach in a city, and the factor by which it may become faster than on the path so far."""
_GAINS_MPS2 = 3.0
"""The acceleration of a car in a hurry."""
_SPEED_OVER_S = 4.0
"""Speeds are computed over at least this time, so that noise matters less."""


@dataclass(frozen=True, slots=True)
class Ride:
    """A completed ride: its people, its start and end, and the requested pickup and dropoff."""

    driver_id: UUID
    started_at: datetime
    completed_at: datetime
    pickup: Point
    dropoff: Point
    rider_id: UUID


def coverage(path: Sequence[PathPoint], ride: Ride, length_m: float, unseen_m: float = 0.0) -> float:
    """The share of the ride, from 0 to 1, that its path in order of time accounts for; 1 if it has no hole.

    It is (time without gaps / time) x (length / (length + missing length)).

    | hole                                                           | missing                            |
    |----------------------------------------------------------------|------------------------------------|
    | a silence of over 60 s, also after the start or at the end     | its time                           |
    | the first point is over 200 m from the pickup                  | the straight line from the pickup  |
    | the last point is over 200 m from the dropoff, and the car     | the straight line to the dropoff   |
    | may have driven over 200 m since                               |                                    |
    | points are so far apart that the way between them may be       | `unseen_m`                         |
    | longer by over 50 m, and by over 3 % of the whole              |                                    |

    If a ride was completed at its last points, far from its dropoff, it went another way and nothing is missing.
    """
    if len(path) < 2:
        return 0.0
    start_ms, end_ms = milliseconds(ride.started_at), milliseconds(ride.completed_at)
    moments = [start_ms, *(point.recorded_ms for point in path), end_ms]
    gaps_s = [(after - before) / 1000 for before, after in pairwise(moments)]
    silent_s = sum(gap_s for gap_s in gaps_s if gap_s > LONGEST_GAP_S)
    ridden_s = max(0.001, (end_ms - start_ms) / 1000)
    missing_m = _missing_m(path, ride, gaps_s[-1])
    if unseen_m > max(UNSEEN_WITHIN_M, UNSEEN_WITHIN * length_m):
        missing_m += unseen_m
    heard = min(1.0, max(0.0, 1 - silent_s / ridden_s))
    return heard * (1.0 if missing_m == 0 else length_m / (length_m + missing_m))


def too_short_for_its_way(ride: Ride, fastest_mps: float) -> bool:
    """Whether no car can get to within 200 m of the dropoff in the ride's time, by the driver's start and end."""
    ridden_s = (ride.completed_at - ride.started_at).total_seconds()
    return distance_m(ride.pickup, ride.dropoff) - FURTHEST_END_M > fastest_mps * max(0.0, ridden_s)


def was_at_dropoff(points: Sequence[PathPoint], ride: Ride) -> bool:
    """Whether the car was within 200 m of the dropoff in the last minute before the ride's end.

    `points` are all points of the trip, including those before the ride's start.
    """
    end_ms = milliseconds(ride.completed_at)
    last = (point for point in points if end_ms - 1000 * LONGEST_GAP_S <= point.recorded_ms <= end_ms)
    return any(distance_m(_place(point), ride.dropoff) <= FURTHEST_END_M for point in last)


def _missing_m(path: Sequence[PathPoint], ride: Ride, last_gap_s: float) -> float:
    before_m, after_m = distance_m(ride.pickup, _place(path[0])), distance_m(_place(path[-1]), ride.dropoff)
    missing_m = before_m if before_m > FURTHEST_END_M else 0.0
    if after_m > FURTHEST_END_M and _reach_m(path, last_gap_s) > FURTHEST_END_M:
        missing_m += after_m
    return missing_m


def _reach_m(path: Sequence[PathPoint], seconds: float) -> float:
    """How far the car may have driven after its last point, by its speed there and on the path so far."""
    speeds = _speeds_mps(path)
    limit_mps = max(_USUAL_MPS, _FASTER * max(speeds))
    return seconds * min(limit_mps, speeds[0] + _GAINS_MPS2 * seconds / 2)


def _speeds_mps(path: Sequence[PathPoint]) -> list[float]:
    """The speeds on the path, from the last point backwards."""
    speeds, after = [], path[-1]
    for before in reversed(path):
        took_s = (after.recorded_ms - before.recorded_ms) / 1000
        if took_s >= _SPEED_OVER_S:
            speeds.append(distance_m(_place(before), _place(after)) / took_s)
            after = before
    return speeds or [distance_m(_place(path[0]), _place(path[-1])) / _SPEED_OVER_S]


def _place(point: PathPoint) -> Point:
    return Point(lat=point.lat, lng=point.lng)
