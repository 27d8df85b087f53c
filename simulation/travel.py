"""The position of a driving car."""

from __future__ import annotations

from rideflow.kernel.geo import Point, distance_m

STREET_SPEED_MPS = 25 / 3.6
STREET_FACTOR = 1.24
"""Streets are this much longer than the straight line (measured on recorded trips)."""


def driving_s(start: Point, end: Point) -> float:
    """Seconds to drive between two places on streets."""
    return distance_m(start, end) * STREET_FACTOR / STREET_SPEED_MPS


def between(start: Point, end: Point, share: float) -> Point:
    """The point after `share` (0 to 1) of the straight way."""
    return Point(
        lat=round(start.lat + (end.lat - start.lat) * share, 6),
        lng=round(start.lng + (end.lng - start.lng) * share, 6),
    )


def heading_deg(start: Point, end: Point) -> float:
    """Compass heading of the straight way, 0 is north; good enough over a city's distances."""
    import math

    east = (end.lng - start.lng) * math.cos(math.radians(start.lat))
    return math.degrees(math.atan2(east, end.lat - start.lat)) % 360
