"""The operators' channel by the size of the fleet: bytes a second, processor of Redis and of the producer.

The producer is the product's own, on real stores. All cars drive: a quarter of the fleet sends a position each second.
A third of the drivers is on trips and drives towards the dropoff; there is a request for each fifty drivers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar
from uuid import uuid4

import psycopg
import redis

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.postgres import Database
from rideflow.kernel.redis import script
from rideflow.markets.wiring import markets
from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.channel.model import Viewport
from rideflow.operations.channel.producer import Producers
from rideflow.operations.channel.rides import RideReader
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import milliseconds

MARKET, ZONE = "san_francisco", "sf-bay"
WHOLE = Viewport(south=37.70, west=-122.52, north=37.82, east=-122.35)
PART = Viewport(south=37.76, west=-122.44, north=37.78, east=-122.389)
"""A twentieth of the whole."""

_FILLED_AFTER = 20
"""Seconds after which the frames that fill the map are over, and the first roll calls too."""

_MOVES_EVERY = 4
_ON_TRIPS, _REQUESTS = 1 / 3, 1 / 50
_STEP = 0.0004
"""Degrees of a car's step: 40 m in 4 s."""


@dataclass(frozen=True)
class ChannelCost:
    """A second of the channel, for one watcher. `bytes_per_s` is the mean of the frames after the map was filled.

    `in_viewport` are the cars in the viewport. `redis_ms` is Redis's processor for a frame, `script_p90_ms` how long
    the longest tenth of its scripts takes at least. `cpu_ms` is the producer's processor for a frame, `statement_ms`
    how long its one statement takes.
    """

    TABLE: ClassVar[str] = "The operators' channel: a second of one watcher, all cars moving"

    name: str
    drivers: int
    in_viewport: int
    bytes_per_s: int
    largest_frame: int
    redis_ms: float
    script_p90_ms: float
    statement_ms: float
    cpu_ms: float


def channel_costs(database_url: str, fleets: list[int], seconds: int) -> Iterator[ChannelCost]:
    """For each size of the fleet: with the whole market in the viewport, and with a twentieth of it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for drivers in fleets:
            for name, viewport in (("whole market", WHOLE), ("a twentieth", PART)):
                yield _Run(connection, drivers).measured(name, viewport, seconds)


@dataclass
class _Counter:
    """Takes every frame."""

    sizes: list[int] = field(default_factory=list)

    def post(self, _connection_id: str, text: str) -> None:
        self.sizes.append(len(text.encode()))

    def close(self, _connection_id: str) -> None: ...

    def send(self, _message: Any, _delay: timedelta = timedelta(0)) -> None: ...

    def map(self, post: Callable[..., Any], texts: Any) -> list[Any]:
        return [post(each) for each in texts]


class _TimedReader(RideReader):
    """Notes how long each reading takes (s)."""

    def __init__(self, database: Database, took_s: list[float]) -> None:
        super().__init__(database)
        self._took_s = took_s

    def read(
        self, zones: Sequence[str], since: datetime | None, asked: Iterable[str], now: datetime
    ) -> Mapping[str, Any]:
        begun = time.perf_counter()
        found = super().read(zones, since, asked, now)
        self._took_s.append(time.perf_counter() - begun)
        return found


class _EnoughError(Exception):
    """The frames that were to be measured are made."""


class _Run:
    def __init__(self, connection: psycopg.Connection[Any], drivers: int) -> None:
        from rideflow.kernel.redis import redis_cluster
        from rideflow.kernel.settings import RedisSettings

        at = RedisSettings.from_environment()
        self._owner = redis.Redis(host=at.host, port=at.port)
        self._client = redis_cluster()
        self._random = Random(7)  # noqa: S311 - the same cars in each run
        self._keys = ZoneKeys(ZONE)
        self._connection = connection
        self._now = datetime.now(UTC)
        self._second = 0
        self._sink = _Counter()
        self._cpu_s: list[float] = []
        self._statement_s: list[float] = []
        self._redis_cpu_s: list[float] = []
        self._begun = (0.0, 0.0)
        self._targets: dict[str, tuple[float, float]] = {}
        self._places = {
            str(uuid4()): (self._random.uniform(WHOLE.south, WHOLE.north), self._random.uniform(WHOLE.west, WHOLE.east))
            for _ in range(drivers)
        }
        self._seconds_to = markets().named(MARKET).travel.to_pickups.seconds
        self._owner.flushall()
        self._drive(list(self._places))
        self._ride()

    def measured(self, name: str, viewport: Viewport, seconds: int) -> ChannelCost:
        from rideflow.kernel.postgres import database
        from rideflow.operations.channel.watchers import Watchers
        from rideflow.supply.index.overview import OverviewIndex

        watchers = Watchers(self._client, markets(), lease=timedelta(hours=1))
        reader = _TimedReader(database(), self._statement_s)
        self._owner.config_set("slowlog-log-slower-than", 0)
        self._owner.config_set("slowlog-max-len", 1_000_000)

        def wait(_for_s: float) -> None:
            self._spent()
            self._second += 1
            if self._second == _FILLED_AFTER + seconds:
                raise _EnoughError
            self._now += timedelta(seconds=1)
            if self._second % 20 == 0:
                self._watch(watchers, viewport)
            ids = list(self._places)
            self._drive(ids[self._second % _MOVES_EVERY :: _MOVES_EVERY])
            if self._second == _FILLED_AFTER:
                self._owner.slowlog_reset()
            self._begin()

        start_id = self._watch(watchers, viewport)
        producers = Producers(
            watchers,
            OverviewIndex(self._client),
            reader,
            self._sink,
            self._sink,  # type: ignore[arg-type]
            markets(),
            self._sink,  # type: ignore[arg-type]
            lambda: self._now,
            lambda: 0.0,
            wait,
        )
        self._begin()
        try:
            producers.run(ProduceFrames(market=MARKET, start_id=start_id or ""))
        except _EnoughError:
            return self._cost(name, viewport)
        raise RuntimeError("the producer has ended before its time")

    def _begin(self) -> None:
        self._begun = (time.process_time(), self._redis_s())

    def _spent(self) -> None:
        self._cpu_s.append(time.process_time() - self._begun[0])
        self._redis_cpu_s.append(self._redis_s() - self._begun[1])

    def _redis_s(self) -> float:
        used: Any = self._owner.info("cpu")
        return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])

    def _cost(self, name: str, viewport: Viewport) -> ChannelCost:
        names = ("positions_since", "roll_call")
        digests = [script("rideflow.supply.index", each).digest.encode() for each in names]
        log = self._owner.slowlog_get(1_000_000)
        took = [entry["duration"] for entry in log if any(digest in entry["command"] for digest in digests)]
        sizes = self._sink.sizes[_FILLED_AFTER:]
        inside = sum(viewport.holds(*place) for place in self._places.values())
        return ChannelCost(
            f"{len(self._places):,} drivers, {name}",
            len(self._places),
            inside,
            round(sum(sizes) / len(sizes)),
            max(self._sink.sizes),
            round(_mean_ms(self._redis_cpu_s[_FILLED_AFTER:]), 1),
            round(sorted(took)[len(took) * 9 // 10] / 1000, 2),
            round(_mean_ms(self._statement_s[_FILLED_AFTER:]), 2),
            round(_mean_ms(self._cpu_s[_FILLED_AFTER:]), 1),
        )

    def _watch(self, watchers: Any, viewport: Viewport) -> str | None:
        started: str | None = watchers.watch(MARKET, "bench", viewport, self._now, fresh=False)
        return started

    def _drive(self, driver_ids: list[str]) -> None:
        """These cars drive on, and their phones have told so within the last second."""
        with self._owner.pipeline(transaction=False) as pipeline:
            for driver_id in driver_ids:
                lat, lng = self._places[driver_id] = self._next_place(driver_id)
                at = self._now - timedelta(milliseconds=self._random.randrange(1000))
                heading = self._random.randrange(360)
                place: Any = {"lat": lat, "lng": lng, "heading": heading, "class": "economy"}
                pipeline.hset(self._keys.driver(driver_id), mapping=place)
                pipeline.zadd(self._keys.seen, {driver_id: milliseconds(at)})
            pipeline.execute()

    def _next_place(self, driver_id: str) -> tuple[float, float]:
        """A step towards the dropoff, at the speed by which arrivals are estimated; without a trip anywhere."""
        (lat, lng), target = self._places[driver_id], self._targets.get(driver_id)
        if target is None:
            return lat + self._random.uniform(-_STEP, _STEP), lng + self._random.uniform(-_STEP, _STEP)
        away_m = distance_m(Point(lat=lat, lng=lng), Point(lat=target[0], lng=target[1]))
        share = min(1.0, _MOVES_EVERY / max(1.0, self._seconds_to(away_m)))
        return lat + share * (target[0] - lat), lng + share * (target[1] - lng)

    def _ride(self) -> None:
        """Trips and requests, and no others."""
        drivers = list(self._places)
        on_trips: list[str | None] = [*drivers[: int(len(drivers) * _ON_TRIPS)]]
        waiting: list[str | None] = [None] * int(len(drivers) * _REQUESTS)
        with self._connection.cursor() as cursor:
            cursor.execute("update trips set state = 'cancelled', driver_id = null")
            cursor.executemany(
                "insert into trips (id, rider_id, driver_id, state, version, market, zone, product, pickup_lat,"
                " pickup_lng, pickup_cell, dropoff_lat, dropoff_lng, dropoff_cell, quote_id, quoted_amount_minor,"
                " currency, quote_breakdown, quoted_distance_m, quoted_duration_s, pin, requested_at, assigned_at,"
                " started_at) values (gen_random_uuid(), gen_random_uuid(), %s::uuid, %s, 3, %s, %s, 'economy', %s, %s,"
                " 1, %s, %s, 1, gen_random_uuid(), 1840, 'USD', '{}', 3200, 700, '4711', %s, %s, %s)",
                [self._trip(driver_id, number) for number, driver_id in enumerate([*on_trips, *waiting])],
            )
            cursor.execute("analyze trips")

    def _trip(self, driver_id: str | None, number: int) -> list[Any]:
        places = [
            self._random.uniform(*within) for within in ((WHOLE.south, WHOLE.north), (WHOLE.west, WHOLE.east)) * 2
        ]
        states = ("in_progress", "driver_assigned")
        state = "matching" if driver_id is None else states[number % 2]
        if driver_id is not None:
            pickup, dropoff = (places[0], places[1]), (places[2], places[3])
            self._targets[driver_id] = dropoff if state == "in_progress" else pickup
        assigned_at = None if driver_id is None else self._now
        started_at = self._now if state == "in_progress" else None
        return [driver_id, state, MARKET, ZONE, *places, self._now, assigned_at, started_at]


def _mean_ms(seconds: list[float]) -> float:
    return 1000 * sum(seconds) / len(seconds)
