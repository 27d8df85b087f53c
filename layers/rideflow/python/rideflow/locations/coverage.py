"""How much of a ride its path accounts for: evidence that is not complete is not taken for complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from rideflow.kernel.geo import Point, distance_m
from rideflow.locations.model import PathPoint, milliseconds

LONGEST_GAP_S = 60.0
"""A longer silence hides a way that nobody knows."""
FURTHEST_END_M = 200.0
"""A path that begins or ends further from where the ride did lacks the way between."""
FASTEST_MPS = 20.0
"""What a car in a city covers in a silence: one that is too short for the way to the dropoff hides no such way."""


@dataclass(frozen=True, slots=True)
class Ride:
    """The driver of a trip, when the ride began and ended, and where it was requested from and to."""

    driver_id: UUID
    started_at: datetime
    completed_at: datetime
    pickup: Point
    dropoff: Point


def coverage(path: Sequence[PathPoint], ride: Ride, length_m: float) -> float:
    """The share of the ride, from 0 to 1, that its path in order of time accounts for; 1 if it has no hole.

    It is (time without gaps / time) x (length / (length + what is missing at the ends)).

    | hole                                                         | what is missing                    |
    |--------------------------------------------------------------|------------------------------------|
    | a silence of over 60 s, also after the start or at the end   | its time                           |
    | the first point is over 200 m from the pickup                | the straight line from the pickup  |
    | the last point is over 200 m from the dropoff, and the       | the straight line to the dropoff   |
    | silence after it is long enough to have driven there         |                                    |

    A ride that was completed far from its dropoff right after the last point went another way, and nothing is missing.
    """
    if len(path) < 2:
        return 0.0
    start_ms, end_ms = milliseconds(ride.started_at), milliseconds(ride.completed_at)
    moments = [start_ms, *(point.recorded_ms for point in path), end_ms]
    gaps_s = [(after - before) / 1000 for before, after in pairwise(moments)]
    silent_s = sum(gap_s for gap_s in gaps_s if gap_s > LONGEST_GAP_S)
    ridden_s = max(0.001, (end_ms - start_ms) / 1000)
    missing_m = _missing_m(path, ride, gaps_s[-1])
    heard = min(1.0, max(0.0, 1 - silent_s / ridden_s))
    return heard * (1.0 if missing_m == 0 else length_m / (length_m + missing_m))


def _missing_m(path: Sequence[PathPoint], ride: Ride, last_gap_s: float) -> float:
    first, last = (Point(lat=point.lat, lng=point.lng) for point in (path[0], path[-1]))
    before_m, after_m = distance_m(ride.pickup, first), distance_m(last, ride.dropoff)
    missing_m = before_m if before_m > FURTHEST_END_M else 0.0
    if FURTHEST_END_M < after_m <= FURTHEST_END_M + FASTEST_MPS * last_gap_s:
        missing_m += after_m
    return missing_m
