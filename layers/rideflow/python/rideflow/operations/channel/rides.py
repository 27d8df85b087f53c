"""The requests and trips of a market, as its producer knows them from PostgreSQL: one statement for each reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.postgres import Database, sql
from rideflow.markets.travel import TravelTimes
from rideflow.operations.channel.fleet import Car
from rideflow.operations.channel.model import COORDINATE, SILENT, TO_PICKUP, WITH_RIDER

LOOKS_BACK = timedelta(seconds=5)
"""A change is visible from its commit on, which is so much later than its time at most."""

ETA_MOVES = timedelta(seconds=30)
"""An expected arrival that moves by less is not sent again."""

_PACKAGE = "rideflow.operations"
_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_STATES = {"driver_assigned": TO_PICKUP, "driver_arrived": TO_PICKUP, "in_progress": WITH_RIDER}
_SINCE = {"driver_assigned": "assigned_at", "driver_arrived": "arrived_at", "in_progress": "started_at"}


@dataclass(slots=True)
class Ride:
    """A request that waits for a driver, or a trip that has one: `shown` are its members on the wire.

    `pickup` and `dropoff` are (lat, lng). `sends` counts what was to be sent of it: a subscription compares it.
    """

    version: int
    zone: str
    driver_id: str | None
    state: str
    pickup: tuple[float, float]
    dropoff: tuple[float, float]
    requested_at: str
    shown: dict[str, Any]
    sends: int = 0

    @property
    def waits(self) -> bool:
        return self.driver_id is None

    @property
    def eta_at(self) -> datetime | None:
        known: datetime | None = self.shown.get("eta_at")
        return known


class RideReader:
    """Reads the rides of some zones."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(
        self, zones: Sequence[str], since: datetime | None, asked: Iterable[str], now: datetime
    ) -> Mapping[str, Any]:
        """`living`, `changed`, `offered` and `happened` of `market_rides.sql`. Without `since` every ride is new.

        Raises `DatabaseUnavailableError`.
        """
        row = self._database.one(
            sql(_PACKAGE, "market_rides"),
            {
                "zones": list(zones),
                "since": since or _EVER,
                "events_since": since or now - LOOKS_BACK,
                "asked": [UUID(trip_id) for trip_id in asked],
                "now": now,
            },
        )
        return {name: found or [] for name, found in (row or {}).items()}


class Rides:
    """The rides of a market. `changed` are the ids of those that have changed, come or gone with the last reading."""

    def __init__(self, reader: RideReader, zones: Sequence[str], to_places: TravelTimes) -> None:
        self._reader = reader
        self._zones = zones
        self._to_places = to_places
        self._asked: set[str] = set()
        self._told: dict[tuple[str, int], None] = {}
        self._ended: dict[str, str] = {}
        self._read_at: datetime | None = None
        self.rides: dict[str, Ride] = {}
        self.changed: set[str] = set()
        self.happened: list[dict[str, Any]] = []

    @property
    def known(self) -> bool:
        """Whether they were ever read."""
        return self._read_at is not None

    @property
    def on_trips(self) -> dict[str, int]:
        """The state of the car of each driver who has a trip."""
        return {ride.driver_id: _STATES[ride.state] for ride in self.rides.values() if ride.driver_id is not None}

    def read(self, now: datetime) -> None:
        """Follow PostgreSQL. Raises `DatabaseUnavailableError`; nothing has changed then."""
        self.changed, self.happened = set(), []
        since = None if self._read_at is None else self._read_at - LOOKS_BACK
        found = self._reader.read(self._zones, since, self._asked, now)
        for row in found["changed"]:
            self._changed(row)
        living = dict(found["living"])
        self._offered(set(found["offered"]))
        self._happened(found["happened"], tell=since is not None)
        self._asked = {trip_id for trip_id, version in living.items() if self._is_older(trip_id, version)}
        ended = self.rides.keys() - living.keys()
        self._ended = {trip_id: self.rides[trip_id].zone for trip_id in ended}
        for trip_id in ended:
            del self.rides[trip_id]
        self.changed |= ended
        self._asked |= ended
        self._read_at = now

    def expect(self, cars: Mapping[str, Car], moved: Iterable[str], now: datetime) -> None:
        """Estimate the arrivals of cars that have moved or changed, as riders are told them."""
        trips = {ride.driver_id: trip_id for trip_id, ride in self.rides.items() if ride.driver_id is not None}
        drivers = {driver_id for trip_id in self.changed if (driver_id := self._driver_of(trip_id)) is not None}
        for driver_id in drivers.union(moved) & trips.keys():
            trip_id = trips[driver_id]
            ride, eta_at = self.rides[trip_id], None
            car = cars.get(driver_id)
            if car is not None and car.state != SILENT and ride.state != "driver_arrived":
                eta_at = self._arrival(car, ride, now)
            if _differs(ride.eta_at, eta_at):
                ride.shown["eta_at"] = eta_at
                ride.sends += 1
                self.changed.add(trip_id)

    def _arrival(self, car: Car, ride: Ride, now: datetime) -> datetime | None:
        if car.lat is None or car.lng is None:
            return None
        lat, lng = ride.dropoff if ride.state == "in_progress" else ride.pickup
        place = Point.model_construct(lat=car.lat / COORDINATE, lng=car.lng / COORDINATE)
        away_m = distance_m(place, Point.model_construct(lat=lat, lng=lng))
        return (now + timedelta(seconds=self._to_places.seconds(away_m))).replace(microsecond=0)

    def _driver_of(self, trip_id: str) -> str | None:
        ride = self.rides.get(trip_id)
        return None if ride is None else ride.driver_id

    def _is_older(self, trip_id: str, version: int) -> bool:
        ride = self.rides.get(trip_id)
        return ride is None or ride.version < version

    def _changed(self, row: Mapping[str, Any]) -> None:
        trip_id, known = row["trip_id"], self.rides.get(row["trip_id"])
        if known is not None and known.version >= row["version"]:
            return
        self.rides[trip_id] = _ride(row, 0 if known is None else known.sends + 1)
        self.changed.add(trip_id)

    def _offered(self, offered: set[str]) -> None:
        for trip_id, ride in self.rides.items():
            if ride.waits and ride.shown["offered"] != (trip_id in offered):
                ride.shown["offered"] = trip_id in offered
                ride.sends += 1
                self.changed.add(trip_id)

    def _happened(self, events: Iterable[Sequence[Any]], *, tell: bool) -> None:
        """Keep the events that were not told yet. Those of the first reading happened before anybody looked."""
        for trip_id, version, event, at in events:
            ride = self.rides.get(trip_id)
            zone = self._ended.get(trip_id) if ride is None else ride.zone
            if (trip_id, version) in self._told or zone is None:
                continue
            self._told[trip_id, version] = None
            if tell:
                self.happened.append({"at": _utc(at), "trip_id": trip_id, "event": event, "zone": zone})
        while len(self._told) > _MOST_TOLD:
            del self._told[next(iter(self._told))]


_MOST_TOLD = 50_000


def _ride(row: Mapping[str, Any], sends: int) -> Ride:
    pickup, dropoff = ({"lat": row[f"{end}_lat"], "lng": row[f"{end}_lng"]} for end in ("pickup", "dropoff"))
    state, driver_id = row["state"], row["driver_id"]
    shown = {"trip_id": row["trip_id"], "zone": row["zone"], "product": row["product"]}
    shown |= {"pickup": pickup, "dropoff": dropoff}
    if state in _STATES:
        shown |= {
            "driver_id": driver_id,
            "state": state,
            "since": _utc(row[_SINCE[state]] or row["requested_at"]),
            "eta_at": None,
        }
    else:
        shown |= {"requested_at": _utc(row["requested_at"]), "offered": False}
    return Ride(
        row["version"],
        row["zone"],
        driver_id if state in _STATES else None,
        state,
        (pickup["lat"], pickup["lng"]),
        (dropoff["lat"], dropoff["lng"]),
        _utc(row["requested_at"]),
        shown,
        sends,
    )


def _differs(known: datetime | None, eta_at: datetime | None) -> bool:
    if known is None or eta_at is None:
        return known is not eta_at
    return abs(eta_at - known) >= ETA_MOVES


def _utc(written: str) -> str:
    """A time that PostgreSQL has written as JSON, with the offset of its session's time zone, in UTC."""
    if written.endswith("+00:00"):
        return f"{written[:-6]}Z"
    return datetime.fromisoformat(written).astimezone(UTC).isoformat().replace("+00:00", "Z")
