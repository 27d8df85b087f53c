"""Compares a driven line with a quoted one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rideflow.kernel.geo import EARTH_RADIUS_M, Point, distance_m

_STEP_M = 50.0
"""A driven line is checked at this interval, which is too short to hide a detour of 150 m."""


def stays_within(driven: Sequence[Point], line: Sequence[Point], within_m: float) -> bool:
    """Whether every place of the driven line is within `within_m` of the line. The line has at least one piece."""
    pieces, at = list(pairwise(line)), 0
    for place in _places(driven):
        near = next((k for k in _from(at, len(pieces)) if _distance_m(place, *pieces[k]) <= within_m), None)
        if near is None:
            return False
        at = near
    return True


def _places(line: Sequence[Point]) -> Iterator[Point]:
    yield from line[:1]
    for a, b in pairwise(line):
        steps = max(1, math.ceil(distance_m(a, b) / _STEP_M))
        for step in range(1, steps + 1):
            share = step / steps
            yield Point(lat=a.lat + share * (b.lat - a.lat), lng=a.lng + share * (b.lng - a.lng))


def _from(at: int, end: int) -> Iterator[int]:
    """The numbers of pieces, onwards from `at` and then backwards: most places are near the piece of the last one."""
    yield from range(at, end)
    yield from range(at - 1, -1, -1)


def _distance_m(place: Point, a: Point, b: Point) -> float:
    """The distance from a place to a straight piece, on the plane that touches the earth at the place."""
    north = math.radians(1) * EARTH_RADIUS_M
    east = north * math.cos(math.radians(place.lat))
    ax, ay = (a.lng - place.lng) * east, (a.lat - place.lat) * north
    bx, by = (b.lng - place.lng) * east, (b.lat - place.lat) * north
    dx, dy = bx - ax, by - ay
    squared = dx * dx + dy * dy
    share = 0.0 if squared == 0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / squared))
    return math.hypot(ax + share * dx, ay + share * dy)
