"""The parts of a market in its `areas.geojson`: zones, blackout areas and queues of airports.

The kinds of features are: `zone`, which is dispatched on its own; `blackout`, where rides may not begin or end; `fifo`,
an airport's area whose pickups are served in the order of a queue; and `fifo_waiting`, where its drivers queue if not
in the same area. `infra/markets` has the schema, and the checks of `rideflow synth` and `deploy`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from rideflow.kernel.geo import Point
from rideflow.markets.areas import Area

if TYPE_CHECKING:
    from rideflow.markets.model import Market

type End = Literal["pickup", "dropoff"]


@dataclass(frozen=True)
class Zone:
    """A part of a market that is dispatched on its own; its id is the hash tag of its Redis keys."""

    id: str
    area: Area
    market: Market = field(repr=False, compare=False)

    def holds(self, point: Point) -> bool:
        return self.area.holds(point)

    @cached_property
    def beside(self) -> tuple[Zone, ...]:
        """The other zones of the market. Their drivers can serve this zone's rides, because the fares are the same."""
        return tuple(zone for zone in self.market.zones if zone.id != self.id)

    def reached(self, point: Point, radius_m: float) -> list[Zone]:
        """The other zones that the circle reaches into."""
        return [zone for zone in self.beside if zone.area.is_within(radius_m, point)]

    @cached_property
    def fifos(self) -> tuple[Fifo, ...]:
        """The zone's queues, in the order of their keys in scripts."""
        return tuple(fifo for fifo in self.market.fifos if fifo.zone == self.id)

    def fifo_of(self, pickup: Point) -> Fifo | None:
        """The queue that serves a pickup in the zone, if one does."""
        return next((fifo for fifo in self.fifos if fifo.pickups.holds(pickup)), None)


@dataclass(frozen=True, slots=True)
class Blackout:
    """An area in which rides may not have the ends of `applies_to`, with the reason."""

    id: str
    applies_to: frozenset[str]
    reason: str
    area: Area


@dataclass(frozen=True, slots=True)
class Fifo:
    """An airport's queue: pickups in one area are offered to the drivers in a waiting area, in the order they came.

    A driver who leaves the waiting area by less than `keeps_place_within_m` keeps the place, because positions are not
    exact. Queued drivers are offered other trips only if `other_trips`. Both areas are in `zone`.
    """

    id: str
    name: str
    zone: str
    pickups: Area
    waiting: Area
    keeps_place_within_m: float
    other_trips: bool


class ServiceAreas(NamedTuple):
    """The areas in a market's `areas.geojson`."""

    zones: tuple[Zone, ...]
    blackouts: tuple[Blackout, ...]
    fifos: tuple[Fifo, ...]


def read_areas(path: Path, market: Market) -> ServiceAreas:
    """The service areas of the market."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return ServiceAreas(
        tuple(_zone(feature, market) for feature in _of_kind(document, "zone")),
        tuple(_blackout(feature) for feature in _of_kind(document, "blackout")),
        tuple(_fifo(document, feature) for feature in _of_kind(document, "fifo")),
    )


def _of_kind(document: Any, kind: str) -> Iterator[Any]:
    return (feature for feature in document["features"] if feature["properties"]["kind"] == kind)


def _zone(feature: Any, market: Market) -> Zone:
    return Zone(feature["properties"]["id"], Area.of(feature["geometry"]), market)


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
