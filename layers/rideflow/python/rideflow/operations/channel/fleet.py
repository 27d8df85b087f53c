"""The cars of a market, as its producer knows them from the driver index: read once, then followed.

A reading asks each zone for the positions since the last one. A position counts from the time that the phone gave it,
so one that comes late may be older than the last reading. Readings overlap by half a second, and every fifth one calls
the roll: who is in the zone, and when each was last seen. It is called at once if the zone has another number of
drivers than are known, because somebody has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count
from rideflow.markets.zones import Zone
from rideflow.operations.channel.model import COORDINATE, FREE, SILENT
from rideflow.supply.index.overview import Sighting, ZoneSightings
from rideflow.supply.model import MATCHABLE_FOR, milliseconds

OVERLAP = timedelta(milliseconds=500)
"""Most positions come within this of the time that the phone gave them. The others wait for the roll call."""

ROLL_CALL_EVERY = 5
"""Readings."""

_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Overview(Protocol):
    """Reads a zone's drivers, as `rideflow.supply.index.overview.OverviewIndex` does."""

    def seen_since(self, zone: Zone, since: datetime) -> ZoneSightings: ...

    def of(self, zone: Zone, driver_ids: Sequence[str]) -> list[Sighting]: ...

    def roll_call(self, zone: Zone) -> dict[str, int]: ...


@dataclass(slots=True)
class Car:
    """A driver's car. `lat` and `lng` are whole numbers of 1e-5 degrees, None if no position was ever believed.

    `heading` is in degrees, or -1. `cells` are the H3 cells that subscriptions have asked for, by resolution.
    """

    zone: str
    seen_ms: int
    lat: int | None = None
    lng: int | None = None
    heading: int = -1
    state: int = FREE
    cells: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _KnownZone:
    """What was read of a zone: its drivers, with the time of the last position (Unix ms)."""

    zone: Zone
    seen_ms: dict[str, int] = field(default_factory=dict)
    queued: Mapping[str, int] = field(default_factory=dict)
    read_at: datetime = _EVER
    readings: int = 0


class Fleet:
    """The cars of a market. `changed` are the drivers whose car has changed, come or gone with the last reading."""

    def __init__(self, overview: Overview, zones: Iterable[Zone]) -> None:
        self._overview = overview
        self._zones = {zone.id: _KnownZone(zone) for zone in zones}
        self.cars: dict[str, Car] = {}
        self.changed: set[str] = set()
        self.counts: dict[str, list[int]] = {}

    @property
    def queues(self) -> list[tuple[str, str, int]]:
        """Every queue, its zone, and the drivers in it."""
        return [(fifo, zone, drivers) for zone, known in self._zones.items() for fifo, drivers in known.queued.items()]

    def read(self, now: datetime) -> None:
        """Follow the index. The cars of a zone that does not answer stay as they are known."""
        self.changed = set()
        for number, known in enumerate(self._zones.values()):
            try:
                self._read(known, now, number)
            except UnavailableError:
                count("ChannelZoneUnread", zone=known.zone.id)

    def judge(self, on_trips: Mapping[str, int], now: datetime) -> None:
        """Give each car its state: silent, or the state of its trip, or free. Counts the cars of each zone by state."""
        silent_before, states = milliseconds(now - MATCHABLE_FOR), on_trips.get
        self.counts = counts = {zone: [0, 0, 0, 0] for zone in self._zones}
        for driver_id, car in self.cars.items():
            state = SILENT if car.seen_ms < silent_before else states(driver_id, FREE)
            if state != car.state:
                car.state = state
                self.changed.add(driver_id)
            counts[car.zone][state] += 1

    def _read(self, known: _KnownZone, now: datetime, number: int) -> None:
        first = known.read_at == _EVER
        found = self._overview.seen_since(known.zone, _EVER if first else known.read_at - OVERLAP)
        for sighting in found.sightings:
            self._sighted(known, sighting)
        known.queued = found.queued
        turn = (known.readings + number) % ROLL_CALL_EVERY == 0
        if not first and (turn or found.drivers != len(known.seen_ms)):
            self._call_the_roll(known)
        known.read_at = now
        known.readings += 1

    def _call_the_roll(self, known: _KnownZone) -> None:
        present = self._overview.roll_call(known.zone)
        unread = [driver_id for driver_id, seen_ms in present.items() if known.seen_ms.get(driver_id) != seen_ms]
        for sighting in self._overview.of(known.zone, unread) if unread else ():
            self._sighted(known, sighting)
        for driver_id in known.seen_ms.keys() - present.keys():
            self._left(known, driver_id)

    def _sighted(self, known: _KnownZone, sighting: Sighting) -> None:
        """Believe a position, unless it is known, or another zone has a newer one of the driver."""
        driver_id, seen_ms, lat, lng, heading_deg = sighting
        if known.seen_ms.get(driver_id) == seen_ms:
            return
        known.seen_ms[driver_id] = seen_ms
        car, zone_id = self.cars.get(driver_id), known.zone.id
        if car is None:
            car = self.cars[driver_id] = Car(zone_id, seen_ms)
        elif car.zone != zone_id and car.seen_ms > seen_ms:
            return
        car.zone, car.seen_ms, car.cells = zone_id, seen_ms, {}
        if lat is not None and lng is not None:
            car.lat, car.lng = round(lat * COORDINATE), round(lng * COORDINATE)
        car.heading = -1 if heading_deg is None else round(heading_deg) % 360
        self.changed.add(driver_id)

    def _left(self, known: _KnownZone, driver_id: str) -> None:
        """The driver left the zone. Whoever is in another one is read there with the next reading's roll call."""
        del known.seen_ms[driver_id]
        car = self.cars[driver_id]
        if car.zone != known.zone.id:
            return
        elsewhere = next((other for other in self._zones.values() if driver_id in other.seen_ms), None)
        if elsewhere is None:
            del self.cars[driver_id]
        else:
            del elsewhere.seen_ms[driver_id]
            car.zone = elsewhere.zone.id
        self.changed.add(driver_id)
