"""Points on the earth, distances in metres, H3 cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth, IUGG 1980."""

DISPATCH_CELL_RESOLUTION = 8
"""H3 resolution of stored cells: hexagons of about 460 m edge, the scale of a pickup."""


class Point(BaseModel):
    """A place, WGS 84 degrees."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    lat: Annotated[float, Field(ge=-90, le=90, description="Latitude, WGS 84 degrees", examples=[37.7749])]
    lng: Annotated[float, Field(ge=-180, le=180, description="Longitude, WGS 84 degrees", examples=[-122.4194])]


class Fix(NamedTuple):
    """The position that a phone reported for that time. `accuracy_m` is its own estimate, 0 if it reported none."""

    at: datetime
    place: Point
    accuracy_m: float = 0.0


class Sightings(NamedTuple):
    """The positions of a driver from all stores: fixes, oldest first.

    `is_complete` is false if a store that may have more did not answer. `clock_slow` is the time by which the phone's
    clock is behind ours, negative if it is ahead.
    """

    fixes: Sequence[Fix]
    is_complete: bool
    clock_slow: timedelta = timedelta(0)


def distance_m(a: Point, b: Point) -> float:
    """Great-circle distance in metres, by the haversine formula (R. W. Sinnott, "Virtues of the Haversine", 1984)."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat = math.sin((lat_b - lat_a) / 2)
    half_lng = math.sin(math.radians(b.lng - a.lng) / 2)
    chord = half_lat * half_lat + math.cos(lat_a) * math.cos(lat_b) * half_lng * half_lng
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def cell_of(point: Point, resolution: int = DISPATCH_CELL_RESOLUTION) -> int:
    """The H3 cell that holds the point, as its 64-bit integer."""
    from h3.api.basic_int import latlng_to_cell

    return int(latlng_to_cell(point.lat, point.lng, resolution))
