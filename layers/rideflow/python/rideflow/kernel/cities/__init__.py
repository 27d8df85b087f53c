"""Cities and their service areas: data (one GeoJSON file per city beside this module), not code.

Kinds of features: `zone`, dispatched on its own; `blackout`, where rides may not begin or end; `fifo`, an airport's
area whose pickups are served in the order of a queue, and `fifo_waiting`, where its drivers queue if not in the same
area. What may stand in a file, and what `rideflow synth` and `deploy` refuse, is in `infra/areas`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

from rideflow.kernel.areas import Area
from rideflow.kernel.errors import InvalidInputError
from rideflow.kernel.geo import Point

type End = Literal["pickup", "dropoff"]


class OutsideServiceAreaError(InvalidInputError):
    """The place lies in no zone of any city that is served."""

    code = "outside_service_area"


class BlackoutAreaError(InvalidInputError):
    """Rides may not begin (or end) at the place; `reason` is the data's."""

    code = "blackout_area"

    class Members(TypedDict):
        area: str
        reason: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a city that is dispatched on its own; its id is the hash tag of its Redis keys."""

    id: str
    city: str
    currency: str
    time_zone: str
    area: Area

    def holds(self, point: Point) -> bool:
        return self.area.holds(point)


@dataclass(frozen=True, slots=True)
class Blackout:
    """Where rides may not have the ends that it applies to, and why."""

    id: str
    applies_to: frozenset[str]
    reason: str
    area: Area


@dataclass(frozen=True, slots=True)
class Fifo:
    """An airport's queue: pickups in one area are offered to the drivers in another in the order they came.

    A driver who leaves the waiting area by less than `keeps_place_within_m` keeps the place: positions are not exact.
    While queued they are offered other trips too only where `other_trips` says so. Both areas lie in `zone`.
    """

    id: str
    name: str
    zone: str
    pickups: Area
    waiting: Area
    keeps_place_within_m: float
    other_trips: bool


@dataclass(frozen=True, slots=True)
class ServiceAreas:
    """What the files say."""

    zones: tuple[Zone, ...]
    blackouts: tuple[Blackout, ...]
    fifos: tuple[Fifo, ...]


def read(path: Path) -> ServiceAreas:
    """The service areas of one city."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return ServiceAreas(
        tuple(_zone(document["city"], feature) for feature in _of_kind(document, "zone")),
        tuple(_blackout(feature) for feature in _of_kind(document, "blackout")),
        tuple(_fifo(document, feature) for feature in _of_kind(document, "fifo")),
    )


def _of_kind(document: Any, kind: str) -> Iterator[Any]:
    return (feature for feature in document["features"] if feature["properties"]["kind"] == kind)


def _zone(city: Any, feature: Any) -> Zone:
    area = Area.of(feature["geometry"])
    return Zone(feature["properties"]["id"], city["id"], city["currency"], city["time_zone"], area)


def _blackout(feature: Any) -> Blackout:
    properties = feature["properties"]
    area = Area.of(feature["geometry"])
    return Blackout(properties["id"], frozenset(properties["applies_to"]), properties["reason"], area)


def _fifo(document: Any, feature: Any) -> Fifo:
    properties = feature["properties"]
    waiting = (
        other["geometry"]
        for other in _of_kind(document, "fifo_waiting")
        if other["properties"]["fifo"] == properties["id"]
    )
    return Fifo(
        id=properties["id"],
        name=properties["name"],
        zone=properties["zone"],
        pickups=Area.of(feature["geometry"]),
        waiting=Area.of(next(waiting, feature["geometry"])),
        keeps_place_within_m=properties["keeps_place_within_m"],
        other_trips=properties["other_trips"],
    )


@cache
def service_areas() -> ServiceAreas:
    """Those of every city, read once."""
    cities = [read(path) for path in sorted(Path(__file__).parent.glob("*.geojson"))]
    return ServiceAreas(
        tuple(zone for city in cities for zone in city.zones),
        tuple(blackout for city in cities for blackout in city.blackouts),
        tuple(fifo for city in cities for fifo in city.fifos),
    )


def zones() -> tuple[Zone, ...]:
    """Every zone of every city."""
    return service_areas().zones


def cities() -> tuple[str, ...]:
    """The ids of the cities that have a zone."""
    return tuple(dict.fromkeys(zone.city for zone in zones()))


def zones_of(city: str) -> tuple[str, ...]:
    """The ids of the city's zones; none for a city that is not served."""
    return tuple(zone.id for zone in zones() if zone.city == city)


def zone_named(zone_id: str) -> Zone:
    return next(zone for zone in zones() if zone.id == zone_id)


def zone_at(point: Point, *, field: str | None = None) -> Zone:
    """The zone that holds the point. Raises `OutsideServiceAreaError`, naming `field`, where nobody serves."""
    for zone in zones():
        if zone.holds(point):
            return zone
    raise OutsideServiceAreaError("This place is outside the area we serve.", field=field)


def today_in(zone_id: str, now: datetime) -> date:
    """The day that it is in the zone's city: a day ends at midnight there, not at UTC's."""
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(zone_named(zone_id).time_zone)).date()


def today_somewhere(now: datetime) -> date:
    """The day that it still is in one of our cities: what was good today is good there, if nobody knows where."""
    return min(today_in(zone.id, now) for zone in zones())


def zones_beside(zone_id: str) -> tuple[Zone, ...]:
    """The other zones of the same city: their drivers take the same fares."""
    cities = {zone.city for zone in zones() if zone.id == zone_id}
    return tuple(zone for zone in zones() if zone.city in cities and zone.id != zone_id)


def zones_reached(zone_id: str, point: Point, radius_m: float) -> list[str]:
    """The zones beside this one that the circle reaches into."""
    return [zone.id for zone in zones_beside(zone_id) if zone.area.is_within(radius_m, point)]


def check_no_blackout(point: Point, end: End) -> None:
    """Raises `BlackoutAreaError`, naming the end as the field, where no ride may have it."""
    for blackout in service_areas().blackouts:
        if end in blackout.applies_to and blackout.area.holds(point):
            raise BlackoutAreaError(blackout.reason, field=end, area=blackout.id, reason=blackout.reason)


def fifos_of(zone_id: str) -> tuple[Fifo, ...]:
    """The zone's queues, in the order in which scripts are handed their keys."""
    return tuple(fifo for fifo in service_areas().fifos if fifo.zone == zone_id)


def fifo_of(zone_id: str, pickup: Point) -> Fifo | None:
    """The queue that serves a pickup in the zone, if one does."""
    return next((fifo for fifo in fifos_of(zone_id) if fifo.pickups.holds(pickup)), None)
