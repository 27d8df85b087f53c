"""A street with drivers: real stores with people and trips, a clock to be set, and what was pushed and published."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from redis.cluster import RedisCluster

from rideflow.kernel.frames import Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.postgres import Database
from rideflow.kernel.ride_requirements import Needs
from rideflow.locations.rides import PostgresRides
from rideflow.locations.tracking import StalePositions, Tracking
from rideflow.markets.model import Markets
from rideflow.supply.admission import Admissions
from rideflow.supply.availability import Availability
from rideflow.supply.driver_records import PostgresDriverRecords
from rideflow.supply.heartbeats import Heartbeats, SweepPlan
from rideflow.supply.model import Recorded
from rideflow.supply.nearby import NearbyDrivers
from rideflow.supply.position import Position, Verdict
from rideflow.supply.position_history import PositionHistory
from rideflow.supply.positions import Positions
from rideflow.supply.queues import Queues
from tests.adapters.supply.index import DriverIndex
from tests.cluster_client import cluster_client
from tests.databases import database_at
from tests.fetching import rows_of
from tests.market_data import DEPLOYED

ZONE = "sf-bay"
CORNER = Point(lat=37.7749, lng=-122.4194)
DEGREE_M = 111_195.0
"""Metres of a degree of latitude."""

_DRIVER = """
with driver as (
    insert into drivers (id, name, phone, licence, state, version, registered_at, verified_at, online, online_since,
        vehicle_id, zone, rating_sum, rating_count)
    values (%(id)s, 'Grace Hopper', '+14155550123', 'D1', 'verified', 1, now(), now(), %(online)s, now(), %(vehicle)s,
        'sf-bay', %(stars)s, %(ratings)s)
)
insert into driver_vehicles (
    id, driver_id, plate, make, model, year, colour, vehicle_class, wheelchair_accessible, added_at)
values (%(vehicle)s, %(id)s, '8ABC123', 'Toyota', 'Prius', 2023, 'silver', %(class)s, %(accessible)s, now())
"""
_TRIP = """
with trip as (
    insert into trips (
        id, rider_id, driver_id, state, version, market, zone, product, needs, pickup_lat, pickup_lng, pickup_cell,
        dropoff_lat, dropoff_lng, dropoff_cell, quote_id, quoted_amount_minor, currency, quote_breakdown,
        quoted_distance_m, quoted_duration_s, pin, requested_at, matching_at, assigned_at)
    values (
        %(id)s, %(rider)s, %(driver)s, %(state)s, %(version)s, 'san_francisco', 'sf-bay', %(product)s, %(needs)s,
        %(lat)s, %(lng)s,
        613196575302025215, 37.7936, -122.3958, 613196575302025215, %(quote)s, 1840, 'USD', '{}', 3200, 700, '4711',
        %(at)s, %(at)s, case when %(driver)s::uuid is not null then %(at)s::timestamptz end)
)
insert into trip_events (trip_id, seq, type, at, actor, data)
select %(id)s, seq, type, %(at)s, 'system', jsonb_build_object('state', state)
from unnest(%(events)s::text[], %(states)s::text[]) with ordinality as event (type, state, seq)
"""
_EVENTS = ["TripRequested", "TripMatching", "DriverAssigned", "DriverArrived", "TripStarted", "TripCompleted"]
_STATES = ["requested", "matching", "driver_assigned", "driver_arrived", "in_progress", "completed"]


@dataclass
class Told:
    """Frames as they were pushed: (person, frame)."""

    frames: list[tuple[UUID, Frame]] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002
        frame.text(id, at)
        self.frames.append((person_id, frame))
        self.ids.append(id)
        return 1

    def to(self, person_id: UUID) -> list[Any]:
        return [frame for person, frame in self.frames if person == person_id]


@dataclass
class Bus:
    """Takes every event, unless it is down."""

    events: list[dict[str, Any]] = field(default_factory=list)
    is_down: bool = False

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        if self.is_down:
            return []
        self.events += envelopes
        return [envelope["id"] for envelope in envelopes]


@dataclass
class Street:
    database_url: str
    redis_url: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    told: Told = field(default_factory=Told)
    bus: Bus = field(default_factory=Bus)
    asked_sweeps: list[timedelta] = field(default_factory=list)
    markets: Markets = DEPLOYED

    def __post_init__(self) -> None:
        self.redis: RedisCluster = cluster_client(self.redis_url)
        self.database = self.new_database()
        self.records = PostgresDriverRecords(self.database)
        self.rides = PostgresRides(self.database)
        self.uses(self.redis)

    def uses(self, redis: RedisCluster) -> None:
        """Supply and locations on this client."""
        self.redis = redis
        self.serves(self.markets)

    def serves(self, markets: Markets) -> None:
        """As a deployment of these markets has it."""
        self.markets = markets
        index, clock = DriverIndex(self.redis, markets), self.clock
        self.index = index
        admissions = Admissions(index.availability, index.trips, lambda: self.records, markets, clock)
        positions = Positions(index.positions, admissions, markets, clock)
        self.tracking = Tracking(positions, self.told, clock)
        self.availability = Availability(
            index.availability, index.trips, index.silence, lambda: self.records, markets, clock
        )
        self.nearby = NearbyDrivers(index.search, markets, clock)
        self.queues = Queues(index.queues, markets, clock)
        self.position_history = PositionHistory(index.trails, index.silence)
        self.heartbeats = Heartbeats(index.silence, index.availability, self.bus, markets, clock)
        self.stale_positions = StalePositions(index.silence, self.told, clock)
        self.sweep_plan = SweepPlan(index.silence, self.records, self.asked_sweeps.append, markets, clock)

    def new_database(self) -> Database:
        """A connection as another Lambda environment has it."""
        return database_at(self.database_url)

    def lost(self) -> list[UUID]:
        """The drivers whose heartbeat was lost, as the bus has it."""
        return [
            UUID(event["detail"]["driver_id"]) for event in self.bus.events if event["type"] == "DriverHeartbeatLost"
        ]

    def stale_news_comes(self) -> None:
        """The consumer of stale positions hears of each that the bus has, again if it has heard of it before."""
        for event in self.bus.events:
            if event["type"] == "DriverPositionStale":
                told = event["detail"]
                self.stale_positions.tell_rider(
                    UUID(event["id"]), told["zone"], UUID(told["driver_id"]), UUID(told["trip_id"])
                )

    def close(self) -> None:
        self.database.close()
        self.redis.close()

    def clock(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return rows_of(cursor)

    def driver(
        self,
        *,
        online: bool = True,
        vehicle_class: str = "economy",
        accessible: bool = False,
        stars: Sequence[int] = (),
    ) -> UUID:
        """A verified driver who sent no position yet."""
        driver_id = uuid4()
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                _DRIVER,
                {
                    "id": driver_id,
                    "vehicle": uuid4(),
                    "online": online,
                    "class": vehicle_class,
                    "accessible": accessible,
                    "stars": sum(stars),
                    "ratings": len(stars),
                },
            )
        return driver_id

    def driver_at(self, north_m: float, **more: Any) -> UUID:
        """A free driver so many metres north of the corner."""
        driver_id = self.driver(**more)
        assert self.at(driver_id, north_m) == "accepted"
        return driver_id

    def trip(
        self,
        state: str,
        *,
        driver_id: UUID | None = None,
        rider_id: UUID | None = None,
        product: str = "economy",
        pickup: Point = CORNER,
        trip_id: UUID | None = None,
        needs: Needs | None = None,
    ) -> UUID:
        """A trip in that state, with the log that leads there."""
        trip_id, events = trip_id or uuid4(), _EVENTS[: _STATES.index(state) + 1]
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(
                _TRIP,
                {
                    "id": trip_id,
                    "rider": rider_id or uuid4(),
                    "driver": driver_id,
                    "state": state,
                    "version": len(events),
                    "product": product,
                    "needs": (needs or Needs()).model_dump_json(),
                    "lat": pickup.lat,
                    "lng": pickup.lng,
                    "quote": uuid4(),
                    "at": self.now,
                    "events": events,
                    "states": _STATES[: len(events)],
                },
            )
        return trip_id

    def position(self, north_m: float, *, at: datetime | None = None, **more: Any) -> Position:
        place = {"lat": CORNER.lat + north_m / DEGREE_M, "lng": CORNER.lng}
        return Position.model_validate({**place, "recorded_at": at or self.now, **more})

    def sends(self, driver_id: UUID, *positions: Position | None, sent_at: datetime | None = None) -> Recorded:
        """The driver's phone sends these together."""
        return self.tracking.record(driver_id, positions, sent_at)

    def at(self, driver_id: UUID, north_m: float, **more: Any) -> Verdict:
        """The driver's phone sends that it is so many metres north of the corner."""
        (verdict,) = self.tracking.record(driver_id, [self.position(north_m, **more)]).verdicts
        return verdict

    def free(self, radius_m: float = 10_000) -> list[int]:
        """How far the free drivers are from the corner, in whole metres."""
        return [round(driver.distance_m) for driver, _ in self.nearby.around(CORNER, radius_m, None, 50)]
