"""The hot handlers in process: event in, response out, on real stores, beside the bare store calls.

The floor of an operation is its own statements and scripts with the same arguments, sent by the plain clients: no
handler can be faster. Publishing to the bus is in the handler's figure and not in the floor's.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import redis
from psycopg.rows import dict_row

from benchmarks.capture import CapturedRedis, accept_statement, bare
from benchmarks.events import rest_event, websocket_event
from benchmarks.fixtures import PICKUP, ZONE, Fixtures, recent_moments
from benchmarks.round_trips import RoundTrips
from benchmarks.timing import side_by_side
from rideflow.kernel.redis import script
from rideflow.supply.position import Position

type Call = Callable[[], object]

_WARM_UP = 30


@dataclass(frozen=True)
class HandlerCost:
    """Microseconds in process; `statements` and `scripts` are the store round trips of one call."""

    name: str
    p50_us: float
    p99_us: float
    floor_p50_us: float
    ratio: float
    statements: float
    scripts: float


class HandlerBench:
    """Measures `location`, `request_trip` and `accept_offer`. The stores must be up and the environment set."""

    def __init__(self, connection: psycopg.Connection[Any], client: redis.Redis) -> None:
        self._connection = connection
        self._client = client
        self._fixtures = Fixtures(connection)
        self._round_trips = RoundTrips()

    def costs(self, repeats: int) -> Iterator[HandlerCost]:
        yield self._measured("location", repeats, self._location(), self._bare_location())
        yield self._measured("request_trip", repeats, self._request_trip(), self._bare_request_trip())
        yield self._measured("accept_offer", repeats, self._accept_offer(), self._bare_accept_offer())

    def _measured(self, name: str, repeats: int, handler: Iterator[Call], floor: Iterator[Call]) -> HandlerCost:
        """Every call is prepared before the clock runs; the first calls, which open connections, are not counted."""
        ready = [_in_turn(list(itertools.islice(source, repeats + _WARM_UP))) for source in (handler, floor)]
        side_by_side(_WARM_UP, *ready)
        before = self._round_trips.so_far()
        took, bare_took = side_by_side(repeats, *ready)
        statements, scripts = (round(count / repeats, 2) for count in self._round_trips.since(before))
        ratio = round(took.p50_us / bare_took.p50_us, 2)
        return HandlerCost(name, took.p50_us, took.p99_us, bare_took.p50_us, ratio, statements, scripts)

    def _location(self) -> Iterator[Call]:
        from functions.locations import record_position

        driver_id = self._fixtures.online_driver()
        for at in recent_moments():
            fields = {**PICKUP.model_dump(), "recorded_at": at.isoformat()}
            event = websocket_event("location", driver_id, "location:write", **fields)
            yield partial(_answer, record_position.app, event)

    def _bare_location(self) -> Iterator[Call]:
        from rideflow.markets.wiring import markets
        from rideflow.supply.index.positions import PositionIndex
        from rideflow.supply.wiring import availability_index

        driver_id = self._fixtures.online_driver()
        availability_index().admit(ZONE, driver_id, "economy", version=1)
        self._client.script_load(script("rideflow.supply.index", "record_positions").text)
        for at in recent_moments():
            captured = CapturedRedis()
            adapter = PositionIndex(captured, 60, markets())  # type: ignore[arg-type]
            position = Position(**PICKUP.model_dump(), recorded_at=at)
            adapter.record(ZONE, driver_id, [position], datetime.now(UTC))
            yield bare(self._connection, (), self._client, captured.captured)

    def _request_trip(self) -> Iterator[Call]:
        from functions.trips import request_trip

        while True:
            rider_id, quote_id = self._fixtures.rider_with_quote()
            event = rest_event("/v1/trips", rider_id, "trip:create", {"quote_id": str(quote_id)})
            yield partial(_answer, request_trip.app, event)

    def _bare_request_trip(self) -> Iterator[Call]:
        while True:
            statements = self._fixtures.request_statements(*self._fixtures.rider_with_quote())
            yield bare(self._connection, statements, self._client, ())

    def _accept_offer(self) -> Iterator[Call]:
        from functions.dispatch import accept_offer

        while True:
            offered = self._fixtures.offered_trip()
            path = f"/v1/trips/{offered.trip_id}/offer/accept"
            yield partial(_answer, accept_offer.app, rest_event(path, offered.driver_id, "offer:answer", {}))

    def _bare_accept_offer(self) -> Iterator[Call]:
        self._client.script_load(script("rideflow.supply.index", "release_drivers").text)
        while True:
            offered = self._fixtures.offered_trip()
            scripts = self._fixtures.release_script(offered)
            yield bare(self._connection, accept_statement(offered.trip_id, offered.driver_id), self._client, scripts)


def handler_costs(database_url: str, repeats: int) -> Iterator[HandlerCost]:
    """The costs of the hot handlers."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row, prepare_threshold=0) as connection:
        client = redis.Redis(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"]))
        yield from HandlerBench(connection, client).costs(repeats)


def _in_turn(calls: list[Call]) -> Call:
    remaining = iter(calls)
    return lambda: next(remaining)()  # noqa: PLW0108 - each call takes the next one


def _answer(app: Callable[[Any, Any], dict[str, Any]], event: dict[str, Any]) -> None:
    answer = app(event, None)
    if answer["statusCode"] >= 300:
        raise RuntimeError(f"the handler under measurement refused: {answer}")
