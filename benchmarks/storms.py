"""Accept storms: all drivers with an offer of one trip accept it in the same instant, each on their own connections.

The floor of a storm is its accept statements alone, sent at once by plain connections, and the winner's one script.
The accepts are threads of one process: a Lambda environment each in production, on two cores with their stores here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import redis

from benchmarks.capture import accept_statement
from benchmarks.crowd import Crowd
from benchmarks.fixtures import OfferedTrip
from benchmarks.timing import Timed
from rideflow.dispatch.errors import OfferWithdrawnError, TripTakenError
from rideflow.dispatch.offer_responses import OfferResponses
from rideflow.kernel.redis import script

DRIVERS = 20
_WARM_UP = 2

type Accept = Callable[[OfferedTrip], bool]
"""One driver's accept; returns whether it won."""


class StormError(Exception):
    """A trip had no winner, or more than one: its figures would mean nothing."""


@dataclass(frozen=True)
class StormRate:
    """Milliseconds from the first accept to the last answer; `ratio` is that of the two medians, rates are means."""

    TABLE: ClassVar[str] = "Accepts of one trip at once, beside their bare statements (ms)"

    name: str
    drivers: int
    p50_ms: float
    floor_p50_ms: float
    ratio: float
    storms_per_s: float
    accepts_per_s: float


def storm_rates(crowd: Crowd, database_url: str, rounds: int) -> Iterator[StormRate]:
    """One row. Raises `StormError`."""
    crowd.leave()
    crowd.client.script_load(script("rideflow.supply.index", "release_drivers").text)
    with ExitStack() as exits:
        ours = [_product(exits) for _ in range(DRIVERS)]
        floor = [_bare(crowd, database_url, exits) for _ in range(DRIVERS)]
        pool = exits.enter_context(ThreadPoolExecutor(DRIVERS))
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds + _WARM_UP):
            for accepts, seconds in zip((ours, floor), taken, strict=True):
                with _unprinted():
                    took_s = _storm(crowd, pool, accepts)
                if number >= _WARM_UP:
                    seconds.append(took_s)
    took, bare_took = (Timed.of(seconds) for seconds in taken)
    per_s = rounds / sum(taken[0])
    yield StormRate(
        "accept_storm",
        DRIVERS,
        round(took.p50_us / 1000, 2),
        round(bare_took.p50_us / 1000, 2),
        round(took.p50_us / bare_took.p50_us, 2),
        round(per_s, 1),
        round(per_s * DRIVERS, 1),
    )


def _storm(crowd: Crowd, pool: ThreadPoolExecutor, accepts: Sequence[Accept]) -> float:
    """Seconds from the first accept to the last answer."""
    driver_ids, trip_id, rider_id = crowd.fixtures.contested_trip(len(accepts))
    all_ready = Barrier(len(accepts))

    def accepted(accept: Accept, driver_id: UUID) -> tuple[float, float, bool]:
        offered = OfferedTrip(trip_id, rider_id, driver_id)
        all_ready.wait()
        began = time.perf_counter()
        won = accept(offered)
        return began, time.perf_counter(), won

    answers = list(pool.map(accepted, accepts, driver_ids))
    winners = [driver_id for driver_id, (_, _, won) in zip(driver_ids, answers, strict=True) if won]
    (trip,) = crowd.connection.execute("select driver_id from trips where id = %s", [trip_id]).fetchall()
    states = crowd.connection.execute("select state from offers where trip_id = %s", [trip_id]).fetchall()
    accepted_offers = sum(row["state"] == "accepted" for row in states)
    if winners != [trip["driver_id"]] or accepted_offers != 1:
        raise StormError(f"{len(winners)} winners of trip {trip_id}, {accepted_offers} accepted offers")
    return max(ended for _, ended, _ in answers) - min(began for began, _, _ in answers)


@contextmanager
def _unprinted() -> Iterator[None]:
    """Discard standard output: the product counts every lost accept in a line there, between our tables."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _product(exits: ExitStack) -> Accept:
    """The product's accept in one Lambda environment, which has clients of its own."""
    from rideflow.dispatch.store import PostgresOffers
    from rideflow.dispatch.wiring import offer_responses
    from rideflow.kernel import postgres
    from rideflow.kernel import redis as redis_clients
    from rideflow.kernel.settings import DatabaseSettings, RedisSettings
    from rideflow.markets.wiring import markets
    from rideflow.supply.index.reservations import ReservationIndex
    from rideflow.supply.reservations import Reservations

    database = postgres.Database(partial(postgres.connect, DatabaseSettings.from_environment()))
    cluster = redis_clients.connect(RedisSettings.from_environment())
    exits.callback(database.close)
    exits.callback(cluster.close)
    reservations = Reservations(ReservationIndex(cluster, markets()), markets())
    return partial(_accept, replace(offer_responses(), offers=PostgresOffers(database), reservations=reservations))


def _accept(offer_responses: OfferResponses, offered: OfferedTrip) -> bool:
    try:
        return offer_responses.accept(offered.driver_id, offered.trip_id) is True
    except (TripTakenError, OfferWithdrawnError):
        return False


def _bare(crowd: Crowd, database_url: str, exits: ExitStack) -> Accept:
    connection = exits.enter_context(psycopg.connect(database_url, autocommit=True, prepare_threshold=0))
    client = exits.enter_context(redis.Redis(host=os.environ["REDIS_HOST"], port=int(os.environ["REDIS_PORT"])))

    def accept(offered: OfferedTrip) -> bool:
        sent: list[tuple[Any, Any]] = accept_statement(offered.trip_id, offered.driver_id)
        (answer,) = [connection.execute(*each).fetchall() for each in sent]
        for call in crowd.fixtures.release_script(offered) if answer else ():
            client.evalsha(*call)
        return bool(answer)

    return accept
