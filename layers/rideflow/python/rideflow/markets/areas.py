"""Areas of the earth's surface, as in GeoJSON (RFC 7946): one or several polygons with holes.

Files are validated at deploy (`infra/markets`), so a Lambda reads them without validation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rideflow.kernel.geo import EARTH_RADIUS_M, Point

type Ring = tuple[tuple[float, float], ...]
"""A closed line of (lng, lat) pairs."""

_DEGREE_M = math.radians(EARTH_RADIUS_M)
"""Metres of a degree of latitude."""


@dataclass(frozen=True, slots=True)
class Area:
    """Outer boundaries and the boundaries of holes; `box` is (west, south, east, north).

    A boundary that two areas share belongs to exactly one of them, so that no place is in both or in neither.
    """

    rings: tuple[Ring, ...]
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, geometry: Mapping[str, Any]) -> Area:
        """The area of a GeoJSON Polygon or MultiPolygon."""
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        return cls.bounded_by(
            *(tuple((float(lng), float(lat)) for lng, lat in ring) for polygon in polygons for ring in polygon)
        )

    @classmethod
    def bounded_by(cls, *rings: Ring) -> Area:
        lngs, lats = zip(*(place for ring in rings for place in ring), strict=True)
        return cls(rings, (min(lngs), min(lats), max(lngs), max(lats)))

    def holds(self, point: Point) -> bool:
        """Whether the point is inside, by the even-odd rule over all boundaries (W. R. Franklin, PNPOLY)."""
        west, south, east, north = self.box
        if not (west <= point.lng <= east and south <= point.lat <= north):
            return False
        inside = False
        for lng_a, lat_a, lng_b, lat_b in self._edges():
            if (lat_a > point.lat) != (lat_b > point.lat):
                if lat_a > lat_b:  # always from the south, so that both neighbours of a boundary compute the same
                    lng_a, lat_a, lng_b, lat_b = lng_b, lat_b, lng_a, lat_a  # noqa: PLW2901
                crossing = (lng_b - lng_a) * (point.lat - lat_a) / (lat_b - lat_a) + lng_a
                inside ^= point.lng < crossing
        return inside

    def is_within(self, metres: float, point: Point) -> bool:
        """Whether the area has a place that is at most `metres` from the point.

        Distances are those on a plane around the point's latitude, exact to half a percent over a hundred kilometres.
        """
        west, south, east, north = self.box
        degree_east_m = _DEGREE_M * math.cos(math.radians(point.lat))
        far_lng, far_lat = metres / max(degree_east_m, 1.0), metres / _DEGREE_M
        if not (west - far_lng <= point.lng <= east + far_lng and south - far_lat <= point.lat <= north + far_lat):
            return False
        if self.holds(point):
            return True
        edges = (
            ((lng_a - point.lng) * degree_east_m, (lat_a - point.lat) * _DEGREE_M,
             (lng_b - point.lng) * degree_east_m, (lat_b - point.lat) * _DEGREE_M)
            for lng_a, lat_a, lng_b, lat_b in self._edges()
        )  # fmt: skip
        return any(_distance_from_origin(*edge) <= metres for edge in edges)

    def _edges(self) -> Iterator[tuple[float, float, float, float]]:
        for ring in self.rings:
            lng_a, lat_a = ring[0]
            for lng_b, lat_b in ring[1:]:
                yield lng_a, lat_a, lng_b, lat_b
                lng_a, lat_a = lng_b, lat_b


def _distance_from_origin(x_a: float, y_a: float, x_b: float, y_b: float) -> float:
    """The distance from the origin to the nearest point of the segment."""
    x, y = x_b - x_a, y_b - y_a
    square = x * x + y * y
    along = 0.0 if square == 0 else min(1.0, max(0.0, -(x_a * x + y_a * y) / square))
    return math.hypot(x_a + along * x, y_a + along * y)
