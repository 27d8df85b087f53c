"""Where races are run: real stores, every call of which pauses at random, and the invariants read from the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row
from redis.cluster import RedisCluster

from rideflow.kernel.postgres import Database, Parameters
from rideflow.trips.model import ACTIVE, Trip, rebuilt
from tests.adapters.dispatch.zone import PATIENCE, Zone
from tests.adapters.locations.street import Street
from tests.adapters.trips.environments import Bus
from tests.adapters.trips.environments import Environment as Riders

LONGEST_PAUSE_S = 0.003


class Pauses:
    """Half of the calls go on at once, the others stop for up to `LONGEST_PAUSE_S`. Any thread may ask."""

    def __init__(self, seed: int) -> None:
        self._random, self._lock = Random(seed), threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            pause_s = max(0.0, self._random.uniform(-LONGEST_PAUSE_S, LONGEST_PAUSE_S))
        if pause_s:
            time.sleep(pause_s)


class PausingDatabase(Database):
    """Stops before a statement is sent and after it was answered."""

    def __init__(self, database_url: str, pauses: Pauses) -> None:
        super().__init__(
            lambda: psycopg.connect(database_url, autocommit=True, row_factory=dict_row, prepare_threshold=0)
        )
        self._pauses = pauses

    @contextmanager
    def _cursor(self, statement: LiteralString, parameters: Parameters) -> Iterator[psycopg.Cursor[DictRow]]:
        self._pauses()
        with super()._cursor(statement, parameters) as cursor:
            yield cursor
        self._pauses()


class PausingRedis:
    """Stops before a script is sent and after it was answered."""

    def __init__(self, redis: RedisCluster, pauses: Pauses) -> None:
        self._redis, self._pauses = redis, pauses

    def evalsha(self, *arguments: Any) -> Any:
        self._pauses()
        answer = self._redis.evalsha(*arguments)
        self._pauses()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)


class PausingStreet(Street):
    """A street all of whose environments pause."""

    def __init__(self, database_url: str, redis_url: str, pauses: Pauses) -> None:
        self.pauses = pauses
        super().__init__(database_url, redis_url)
        self.redis = cast("RedisCluster", PausingRedis(self.redis, pauses))

    def new_database(self) -> Database:
        return PausingDatabase(self.database_url, self.pauses)


class Arena(Zone):
    """A zone whose trips are made by the product, so that their logs tell them."""

    def __init__(self, street: Street) -> None:
        super().__init__(street)
        self.phones: list[Riders] = []
        self.riders = self.phone()

    def phone(self) -> Riders:
        """An environment that riders' requests come to."""
        bus = self.riders.bus if self.phones else Bus()
        self.phones.append(Riders(self.street.database_url, bus, self.street.clock))
        return self.phones[-1]

    def close(self) -> None:
        for phone in self.phones:
            phone.database.close()
        super().close()

    def waits(self, trip_id: UUID | None = None) -> Trip:
        """A rider's trip whose saga waits for a driver."""
        trip = self.riders.trips.get(trip_id or self.riders.matching())
        self.here.requests.open(trip.id, f"{trip.id}-{trip.version}", f"token-{trip.id}-{trip.version}", PATIENCE)
        return trip

    def offered(self, metres: float = 100) -> tuple[UUID, Trip]:  # type: ignore[override]
        """A trip that one driver was offered."""
        driver, trip = self.street.driver_at(metres), self.waits()
        self.tick()
        assert self.offers(trip.id) == {driver: "open"}
        return driver, trip

    def assigned(self) -> tuple[UUID, Trip]:
        driver, trip = self.offered()
        assert self.here.answers.accept(driver, trip.id)
        return driver, self.now(trip)

    def arrived(self) -> tuple[UUID, Trip]:
        driver, trip = self.assigned()
        return driver, self.here.trips.arrive(driver, trip.id)

    def now(self, trip: Trip) -> Trip:
        return self.riders.trips.get(trip.id)

    def news(self, trip: Trip) -> None:
        """What happened to the trip comes to dispatch, each event twice."""
        for _ in range(2):
            for entry in self.riders.trips.log(trip.id):
                if entry.type == "DriverAssigned":
                    self.here.requests.driver_assigned(trip.id, UUID(str(entry.data["driver_id"])))
                elif entry.type == "TripCancelled":
                    self.here.requests.trip_ended(trip.id, "cancelled")

    def round_ends(self, *trips: Trip) -> None:
        """The news comes, the invariants are read, what still lives is brought to its end, and the street is empty."""
        for trip in trips:
            self.news(trip)
        self.invariants(trips)
        for trip in trips:
            self._ends(self.now(trip))
            self.news(trip)
            assert self.now(trip).state not in ACTIVE
        self.invariants(trips)
        assert self.street.rows("select 1 from match_requests where closed_at is null") == []
        answered = {token for token, _ in self.saga}
        waited = self.street.rows("select task_token from match_requests where outcome <> 'no_driver_found'")
        assert {row["task_token"] for row in waited} <= answered
        self.street.redis.flushall()
        self.street.passes(1)  # fencing tokens grow with the time once Redis has lost the last

    def _ends(self, trip: Trip) -> None:
        if trip.state == "in_progress" and trip.driver_id:
            self.riders.trips.complete(trip.driver_id, trip.id)
        elif trip.state in ACTIVE:
            self.riders.trips.cancel(trip.rider_id, trip.id, None)

    def invariants(self, trips: Sequence[Trip]) -> None:
        """What holds whoever was quicker: in the whole database, and of the logs of these trips."""
        for person in ("driver_id", "rider_id"):
            assert self._violations(
                f"select {person} from trips where {person} is not null and state = any(%s)"
                f" group by {person} having count(*) > 1",
                [str(state) for state in ACTIVE],
            ) == []  # fmt: skip
        assert self._violations(
            "select offers.* from offers join match_requests using (trip_id)"
            " where offers.state = 'open' and closed_at is not null"
        ) == []  # fmt: skip
        assert self._violations(
            "select id from trips where state in ('driver_assigned', 'driver_arrived', 'in_progress', 'completed')"
            " and not exists (select from offers where trip_id = trips.id and offers.driver_id = trips.driver_id"
            " and offers.state = 'accepted')"
        ) == []  # fmt: skip
        told = {event["id"] for event in self.street.bus.events + self.riders.bus.taken}
        assert {str(row["id"]) for row in self.street.rows("select id from outbox")} <= told
        for trip in trips:
            log = self.riders.trips.log(trip.id)
            assert rebuilt(log) == self.now(trip)
            assert [entry.seq for entry in log] == list(range(1, len(log) + 1))

    def _violations(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        return self.street.rows(statement, *parameters)
