"""Rides settled per second: the amount decided, its capture booked, and the trip paid; the provider is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, LiteralString
from uuid import UUID, uuid4

import psycopg

from benchmarks.timing import side_by_side
from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database, connect
from rideflow.kernel.settings import DatabaseSettings

_HELD = "pi_bench_{}"
_ENTRIES_OF_A_SETTLEMENT = 5


@dataclass(frozen=True)
class SettlingRate:
    """Rides settled per second on one connection: both steps of the settle saga that use the database.

    The floor writes the same rows by plain statements in one transaction, and reads nothing.
    """

    TABLE: ClassVar[str] = "Settling a ride: the amount decided, its capture booked, the trip paid"

    name: str
    settles_per_s: int
    floor_per_s: int
    ratio: float


def settling_rate(owner: psycopg.Connection[Any], repeats: int) -> SettlingRate:
    """The rate over this many completed rides, which are prepared before."""
    from rideflow.payments.sagas.settlement import PrepareSettlement, RecordCapture
    from rideflow.payments.wiring import settlement

    owner.execute(_FLOOR)
    trips, floor = _completed(owner, repeats), _Floor(repeats)

    def settle() -> None:
        prepared = settlement().prepare(PrepareSettlement(trip_id=next(trips)))
        if prepared.order_id is None or prepared.amount_minor is None:
            raise RuntimeError(f"the ride under measurement is not to be captured: {prepared.action}")
        settlement().record_capture(RecordCapture(order_id=prepared.order_id, captured_minor=prepared.amount_minor))

    settled, bare = side_by_side(repeats, settle, floor.write)
    floor.close()
    rate, floor_rate = 1e6 / settled.p50_us, 1e6 / bare.p50_us
    return SettlingRate("one connection", round(rate), round(floor_rate), round(floor_rate / rate, 2))


def _completed(owner: psycopg.Connection[Any], how_many: int) -> Iterator[UUID]:
    """Trips that have just been driven, with their fare held; the driving itself is written as a row."""
    from benchmarks.fixtures import Fixtures
    from rideflow.payments.providers.port import PlacedHold
    from rideflow.payments.sagas.authorization import PrepareHold
    from rideflow.payments.wiring import authorization

    fixtures = Fixtures(owner)
    driver_id = fixtures.online_driver()
    trips = []
    for number in range(how_many):
        trip_id, _ = fixtures.requested_trip()
        prepared = authorization().prepare(PrepareHold(trip_id=trip_id))
        if prepared.order_id is None or prepared.amount_minor is None:
            raise RuntimeError(f"the ride under measurement has no hold to place: {prepared.outcome}")
        held = PlacedHold(
            trip_id=trip_id,
            order_id=prepared.order_id,
            provider_ref=_HELD.format(number),
            held_minor=prepared.amount_minor,
        )
        authorization().record(held)
        owner.execute(_DRIVEN, {"trip_id": trip_id, "driver_id": driver_id})
        trips.append(trip_id)
    return iter(trips)


class _Floor:
    """The rows of a settlement, by plain statements in tables without checks and triggers."""

    def __init__(self, how_many: int) -> None:
        self._database = Database(lambda: connect(DatabaseSettings.from_environment()))
        self._rows = [uuid7() for _ in range(how_many)]
        for row in self._rows:
            for table in ("floor_orders", "floor_trips"):
                self._database.execute(_HELD_ROW[table], {"id": row})
        self._next = iter(self._rows)

    def write(self) -> None:
        now = datetime.now(UTC)
        parameters = {"id": next(self._next), "at": now, "text": "settled", "number": 2000}
        run = self._database.execute
        with self._database.transaction():
            run(_PROCESSING, parameters)
        with self._database.transaction():
            run(_CAPTURED, parameters)
            for table in ("floor_receipts", "floor_trip_events"):
                run(_WRITTEN[table], parameters)
            for _ in range(2):
                run(_WRITTEN["floor_settled_journals"], parameters | {"id": uuid4()})
                run(_WRITTEN["floor_events"], parameters | {"id": uuid4()})
            for _ in range(_ENTRIES_OF_A_SETTLEMENT):
                run(_WRITTEN["floor_settled_entries"], parameters | {"id": uuid4()})
            run(_PAID, parameters)

    def close(self) -> None:
        self._database.close()


_DRIVEN: LiteralString = """
    update trips
    set
        state = 'completed', driver_id = %(driver_id)s, version = version + 4, assigned_at = now(), arrived_at = now(),
        started_at = now(), completed_at = now(), ended_at = now()
    where id = %(trip_id)s
"""
_FLOOR: LiteralString = """
    create table floor_orders (id uuid primary key, state text, amount_minor bigint, updated_at timestamptz);
    create table floor_trips (id uuid primary key, state text, amount_minor bigint, settled_at timestamptz);
    create table floor_receipts (id uuid primary key, at timestamptz, text text, number bigint);
    create table floor_trip_events (id uuid primary key, at timestamptz, text text, number bigint);
    create table floor_settled_journals (id uuid primary key, at timestamptz, text text, number bigint);
    create table floor_settled_entries (id uuid primary key, at timestamptz, text text, number bigint);
    create table floor_events (id uuid primary key, at timestamptz, text text, number bigint);
    grant select, insert, update on
        floor_orders, floor_trips, floor_receipts, floor_trip_events, floor_settled_journals, floor_settled_entries,
        floor_events
    to functions
"""
_HELD_ROW: dict[str, LiteralString] = {
    "floor_orders": "insert into floor_orders values (%(id)s, 'held', 2000, now())",
    "floor_trips": "insert into floor_trips values (%(id)s, 'completed', 2000, null)",
}
_WRITTEN: dict[str, LiteralString] = {
    "floor_receipts": "insert into floor_receipts values (%(id)s, %(at)s, %(text)s, %(number)s)",
    "floor_trip_events": "insert into floor_trip_events values (%(id)s, %(at)s, %(text)s, %(number)s)",
    "floor_settled_journals": "insert into floor_settled_journals values (%(id)s, %(at)s, %(text)s, %(number)s)",
    "floor_settled_entries": "insert into floor_settled_entries values (%(id)s, %(at)s, %(text)s, %(number)s)",
    "floor_events": "insert into floor_events values (%(id)s, %(at)s, %(text)s, %(number)s)",
}
_PROCESSING: LiteralString = "update floor_orders set state = 'processing', updated_at = %(at)s where id = %(id)s"
_CAPTURED: LiteralString = "update floor_orders set state = 'captured', updated_at = %(at)s where id = %(id)s"
_PAID: LiteralString = "update floor_trips set state = 'paid', settled_at = %(at)s where id = %(id)s"
