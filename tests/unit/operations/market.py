"""A market in memory: an index of cars and a list of rides, as the channel's readers read them from the stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from rideflow.kernel.frames import MAX_FRAME_BYTES, envelope
from rideflow.kernel.json_text import from_json, json_bytes
from rideflow.markets.zones import Zone
from rideflow.operations.channel.fleet import Fleet
from rideflow.operations.channel.frames import MarketDelta, MarketSnapshot
from rideflow.operations.channel.model import Viewport
from rideflow.operations.channel.rides import Rides
from rideflow.operations.channel.view import Overall, View
from rideflow.supply.index.overview import Sighting, ZoneSightings
from rideflow.supply.model import milliseconds
from tests.market_data import SAN_FRANCISCO
from tests.screen import Screen

ZONES = SAN_FRANCISCO.zones
CITY = Viewport(south=37.70, west=-122.52, north=37.82, east=-122.35)
AT = datetime(2026, 10, 1, 18, tzinfo=UTC)
ID = UUID("019a9c3e-5f20-7c11-8b6a-3d1f0e9a4b10")


class Index:
    """Cars by zone and driver, as `OverviewIndex` reads them."""

    def __init__(self) -> None:
        self.zones: dict[str, dict[str, Sighting]] = defaultdict(dict)
        self.roll_calls = 0
        self.queued: dict[str, int] = {}
        """The length of each queue of the first zone."""

    def put(self, zone: str, driver_id: str, at: datetime, lat: float, lng: float) -> None:
        self.zones[zone][driver_id] = Sighting(driver_id, milliseconds(at), lat, lng, 90.0)

    def seen_since(self, zone: Zone, since: datetime) -> ZoneSightings:
        here, since_ms = self.zones[zone.id], milliseconds(since)
        return ZoneSightings(
            len(here),
            self.queued if zone.id == ZONES[0].id else {},
            [each for each in here.values() if each.seen_ms >= since_ms],
        )

    def of(self, zone: Zone, driver_ids: Sequence[str]) -> list[Sighting]:
        return [self.zones[zone.id][driver_id] for driver_id in driver_ids if driver_id in self.zones[zone.id]]

    def roll_call(self, zone: Zone) -> dict[str, int]:
        self.roll_calls += 1
        return {driver_id: each.seen_ms for driver_id, each in self.zones[zone.id].items()}


class Records:
    """Rides by id, as `RideReader` reads them from PostgreSQL."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.offered: set[str] = set()
        self.events: list[tuple[str, int, str, datetime]] = []

    def read(
        self, zones: Sequence[str], since: datetime | None, asked: Iterable[str], now: datetime
    ) -> Mapping[str, Any]:
        del zones, now
        wanted = set(asked)
        changed = [
            row for row in self.rows.values() if since is None or row["changed"] > since or row["trip_id"] in wanted
        ]
        told = wanted | {row["trip_id"] for row in changed}
        return {
            "living": [[row["trip_id"], row["version"]] for row in self.rows.values()],
            "changed": [_written(row) for row in changed],
            "offered": [*self.offered],
            "happened": [
                [trip_id, version, event, at.isoformat()] for trip_id, version, event, at in self.events
                if trip_id in told and since is not None and at > since
            ],
        }  # fmt: skip


@dataclass
class Market:
    """The market, its producer's knowledge, and screens with their views."""

    index: Index = field(default_factory=Index)
    records: Records = field(default_factory=Records)
    now: datetime = AT
    views: list[tuple[View, Screen]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.index, ZONES)
        self.rides = Rides(
            self.records,  # type: ignore[arg-type]
            [zone.id for zone in ZONES],
            SAN_FRANCISCO.travel.to_pickups,
        )

    def watch(self, viewport: Viewport = CITY) -> Screen:
        """A screen from the next second on."""
        screen = Screen()
        self.views.append((View(viewport, self.fleet, self.rides), screen))
        return screen

    def second(self) -> None:
        """A second passes; then a frame is made for each screen, held to its size and contract, and taken."""
        self.now += timedelta(seconds=1)
        self.fleet.read(self.now)
        self.rides.read(self.now)
        self.fleet.judge(self.rides.on_trips, self.now)
        self.rides.expect(self.fleet.cars, self.fleet.changed, self.now)
        overall = Overall.of(self.fleet, self.rides)
        for view, screen in self.views:
            view.follow()
            snapshot, picture = view.next_frame(overall, SAN_FRANCISCO.id, screen.revision + 1)
            kind = MarketSnapshot if snapshot else MarketDelta
            text = json_bytes(envelope(kind.type, str(ID), self.now, picture))
            assert len(text) <= MAX_FRAME_BYTES
            self.sizes.append(len(text))
            kind.model_validate_json(json_bytes(picture))
            screen.take(from_json(text))

    def drive(self, random: Random, number: int, *, share: float = 0.25) -> None:
        """So many cars are in the market, and a share of them has moved, anywhere; some leave, others come."""
        here = [(zone, driver) for zone, cars in self.index.zones.items() for driver in cars]
        for zone, driver in random.sample(here, min(len(here), len(here) // 50)):
            del self.index.zones[zone][driver]
        known = {driver for cars in self.index.zones.values() for driver in cars}
        for _ in range(number - len(known)):
            self.place(random, str(UUID(int=random.getrandbits(128), version=4)))
        for driver in random.sample(sorted(known), int(share * len(known))):
            for cars in self.index.zones.values():
                cars.pop(driver, None)
            self.place(random, driver)

    def place(self, random: Random, driver: str) -> None:
        zone = random.choice(ZONES)
        lat, lng = random.uniform(37.6, 37.9), random.uniform(-122.6, -122.3)
        self.index.put(zone.id, driver, self.now, lat, lng)

    def request(self, random: Random) -> str:
        trip_id = str(UUID(int=random.getrandbits(128), version=4))
        ends = {
            f"{end}_{axis}": random.uniform(*within)
            for end in ("pickup", "dropoff")
            for axis, within in (("lat", (37.6, 37.9)), ("lng", (-122.6, -122.3)))
        }
        self.records.rows[trip_id] = {
            "trip_id": trip_id, "version": 1, "state": "matching", "driver_id": None, "zone": random.choice(ZONES).id,
            "product": "economy", **ends, "requested_at": self.now, "assigned_at": None, "arrived_at": None,
            "started_at": None, "changed": self.now,
        }  # fmt: skip
        return trip_id

    def change(self, trip_id: str, event: str, **to: Any) -> None:
        row = self.records.rows[trip_id]
        row.update(to, version=row["version"] + 1, changed=self.now)
        self.records.events.append((trip_id, row["version"], event, self.now))

    def assign(self, trip_id: str, driver_id: str) -> None:
        self.change(trip_id, "DriverAssigned", state="driver_assigned", driver_id=driver_id, assigned_at=self.now)

    def start(self, trip_id: str) -> None:
        self.change(trip_id, "TripStarted", state="in_progress", started_at=self.now)

    def end(self, trip_id: str) -> None:
        self.change(trip_id, "TripCompleted")
        del self.records.rows[trip_id]

    @property
    def drivers(self) -> list[str]:
        return sorted({driver for cars in self.index.zones.values() for driver in cars})


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    """As PostgreSQL writes the row as JSON."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
