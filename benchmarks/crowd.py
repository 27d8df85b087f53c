"""A zone full of people: free drivers in Redis and riders who wait in PostgreSQL, at one fixed moment."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import redis

from benchmarks.fixtures import ZONE, Fixtures
from benchmarks.sizes import ZoneSize
from rideflow.kernel.geo import Point
from rideflow.supply.keys import ZoneKeys

_SOUTH, _NORTH, _WEST, _EAST = 37.72, 37.80, -122.49, -122.40
"""About nine by eight kilometres: most of San Francisco."""

_LONGEST_WAIT_S = 6.0
"""Riders have waited between zero and this many seconds, so that their search circles differ."""


class Crowd:
    """The zone of the bench and its people. Time stands still at `now`, which is passed to every call."""

    def __init__(self, connection: psycopg.Connection[Any], client: redis.Redis) -> None:
        self.connection = connection
        self.client = client
        self.fixtures = Fixtures(connection)
        self.now = datetime.now(UTC)
        self._random = random.Random(20)  # noqa: S311 - a draw that is the same in each run
        self._keys = ZoneKeys(ZONE)

    def gather(self, size: ZoneSize) -> None:
        """Fill the zone with this many drivers and requests, and no others."""
        self.leave()
        for _ in range(size.drivers):
            self._free_driver()
        for _ in range(size.requests):
            waited = timedelta(seconds=self._random.uniform(0, _LONGEST_WAIT_S))
            self.fixtures.waiting_trip(self._place(), self.now - waited)
        self.connection.execute("analyze")

    def asked_lately(self, requests: int) -> None:
        """Add this many closed requests of the last hour."""
        self.connection.execute(
            "insert into match_requests (trip_id, rider_id, zone, product, pickup_lat, pickup_lng, dropoff_lat,"
            " dropoff_lng, fare_amount_minor, currency, execution, task_token, opened_at, expires_at, closed_at,"
            " outcome)"
            " select gen_random_uuid(), gen_random_uuid(), %s, 'economy', %s + random() * %s, %s + random() * %s, 0, 0,"
            " 1840, 'USD', 'bench', 'token', asked, asked, asked, 'cancelled'"
            " from (select %s - random() * interval '59 minutes' as asked from generate_series(1, %s)) as requests",
            [ZONE, _SOUTH, _NORTH - _SOUTH, _WEST, _EAST - _WEST, self.now, requests],
        )
        self.connection.execute("analyze")

    def leave(self) -> None:
        """Empty the zone: nobody waits and nobody is free."""
        self.client.flushall()
        self.connection.execute("delete from offers")
        self.connection.execute("delete from match_requests")
        self.connection.execute("delete from zone_fences")
        self.now = datetime.now(UTC)

    def undo_tick(self) -> None:
        """Restore the state before the tick: no offers, everybody free, no newer fencing token, no scheduled tick."""
        from rideflow.supply.model import PlacedDriver
        from rideflow.supply.wiring import reservations

        self.connection.execute("delete from offers")
        reserved: Any = self.client.zrange(self._keys.reserved, 0, -1)
        reservations().release([PlacedDriver(UUID(member.decode()), ZONE) for member in reserved], self.now)
        self.client.delete(self._keys.tick_due, self._keys.tick_fence, self._keys.tick_lock)

    def _free_driver(self) -> None:
        from rideflow.supply.position import Position
        from rideflow.supply.wiring import availability_index, position_index

        driver_id, place = self.fixtures.online_driver(), self._place()
        availability_index().admit(ZONE, driver_id, "economy", version=1)
        position_index().record(ZONE, driver_id, [Position(**place.model_dump(), recorded_at=self.now)], self.now)

    def _place(self) -> Point:
        return Point(lat=self._random.uniform(_SOUTH, _NORTH), lng=self._random.uniform(_WEST, _EAST))
