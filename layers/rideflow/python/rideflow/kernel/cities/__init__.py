"""Cities and their service zones: data (one GeoJSON file per city beside this module), not code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rideflow.kernel.errors import InvalidInputError
from rideflow.kernel.geo import Point


class OutsideServiceAreaError(InvalidInputError):
    """The place lies in no zone of any city that is served."""

    code = "outside_service_area"


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a city that is dispatched on its own; its id is the hash tag of its Redis keys.

    `ring` is the outer boundary as (lng, lat) pairs, closed, as GeoJSON has it (RFC 7946).
    """

    id: str
    city: str
    currency: str
    time_zone: str
    ring: tuple[tuple[float, float], ...]

    def holds(self, point: Point) -> bool:
        """Whether the point is inside, by the even-odd rule (W. R. Franklin, PNPOLY)."""
        inside = False
        for (lng_a, lat_a), (lng_b, lat_b) in zip(self.ring, self.ring[1:], strict=False):
            if (lat_a > point.lat) != (lat_b > point.lat):
                crossing = (lng_b - lng_a) * (point.lat - lat_a) / (lat_b - lat_a) + lng_a
                inside ^= point.lng < crossing
        return inside


@cache
def zones() -> tuple[Zone, ...]:
    """Every zone of every city, read once."""
    return tuple(zone for path in sorted(Path(__file__).parent.glob("*.geojson")) for zone in _zones_of(path))


def _zones_of(path: Path) -> list[Zone]:
    document = json.loads(path.read_text(encoding="utf-8"))
    city = document["city"]
    return [
        Zone(
            id=feature["properties"]["id"],
            city=city["id"],
            currency=city["currency"],
            time_zone=city["time_zone"],
            ring=tuple((lng, lat) for lng, lat in feature["geometry"]["coordinates"][0]),
        )
        for feature in document["features"]
        if feature["properties"]["kind"] == "zone"
    ]


@cache
def zone_named(zone_id: str) -> Zone:
    return next(zone for zone in zones() if zone.id == zone_id)


def zone_at(point: Point, *, field: str | None = None) -> Zone:
    """The zone that holds the point. Raises `OutsideServiceAreaError`, naming `field`, where nobody serves."""
    for zone in zones():
        if zone.holds(point):
            return zone
    raise OutsideServiceAreaError("This place is outside the area we serve.", field=field)
