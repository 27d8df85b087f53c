"""Rides per second through the whole flow: every handler in process, real PostgreSQL and Redis, the Stripe double.

A ride consists of its people's acts (quote, request, accept, positions, arrive, start, complete, receipt) and all work
that follows: every event goes to each of its consumers, both sagas take each step, the zone ticks, both phones get
their frames. Two processes take one ride after the other, each in a zone of its own; stores and Stripe double share
their two cores.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BrokenBarrierError

import psycopg

from benchmarks.aws import MATCH, SETTLE
from benchmarks.flow_worker import API_KEY, WEBHOOK_SECRET, Shift, meet_at, stripe_alone, whole_rides
from benchmarks.world import stores
from simulation.environment_variables import told
from stripe_double import Settings, StripeDouble

PROCESSES = 2

type Work = Callable[[int, int, str], Shift]

_FASTEST_CAR_MPS = "1e9"
"""A ride is driven in a fraction of a second."""

_NOT_PAID = "select state, count(*) from trips where state <> 'paid' group by state"
_OUT_OF_BALANCE = "select journal_id from ledger_entries group by journal_id having sum(amount_minor) <> 0"


@dataclass(frozen=True)
class FlowRate:
    """The number of rides, the seconds of the wall clock that they took, and the number of parallel processes."""

    name: str
    rides: int
    seconds: float
    rides_per_s: float
    processes: int


class FlowError(Exception):
    """A ride did not end correctly: its figures would mean nothing."""


@contextmanager
def ready_for_rides() -> Iterator[str]:
    """Start the stores and the Stripe double and set the environment for them; yields the database's address."""
    double = StripeDouble(Settings(API_KEY, WEBHOOK_SECRET))
    with stores() as database_url, double.in_thread() as stripe_url, told(_environment(stripe_url)):
        yield database_url


def flow_rates(rides: int) -> Iterator[FlowRate]:
    """The rates of the whole ride, and of the calls to Stripe alone."""
    with _two_cores(), ready_for_rides() as database_url:
        yield _rate("whole_ride", whole_rides, rides, database_url)
        _check_books(database_url, rides)
        yield _rate("stripe_alone", stripe_alone, rides, database_url)


def _rate(name: str, work: Work, rides: int, database_url: str) -> FlowRate:
    shares = [rides // PROCESSES + (number < rides % PROCESSES) for number in range(PROCESSES)]
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn, initializer=meet_at, initargs=(barrier,)) as pool:
        working = [pool.submit(work, number, share, database_url) for number, share in enumerate(shares)]
        failures = [failure for future in working if (failure := future.exception()) is not None]
        if failures:  # a process that only waited for a failed one is not the cause
            cause = next((each for each in failures if not isinstance(each, BrokenBarrierError)), failures[0])
            raise FlowError(f"{name}: {cause}") from cause
        shifts = [future.result() for future in working]
    seconds = max(shift.ended for shift in shifts) - min(shift.began for shift in shifts)
    return FlowRate(name, rides, round(seconds, 2), round(rides / seconds, 2), PROCESSES)


def _check_books(database_url: str, rides: int) -> None:
    """Every trip is paid, the warm-up's too, and every order's ledger sums to zero."""
    with psycopg.connect(database_url) as connection:
        total = connection.execute("select count(*) from trips").fetchone()
        unpaid = connection.execute(_NOT_PAID).fetchall()
        unbalanced = connection.execute(_OUT_OF_BALANCE).fetchall()
    if unpaid or unbalanced or total is None or total[0] < rides:
        raise FlowError(f"of {total} trips not paid: {dict(unpaid)}; orders out of balance: {len(unbalanced)}")


def _environment(stripe_url: str) -> dict[str, str]:
    return {
        "STRIPE_SECRET_ARN": "bench",
        "STRIPE_API_BASE": stripe_url,
        "RELEASE_NAME": "r-measured",
        "MATCH_SAGA_STATE_MACHINE_ARN": MATCH,
        "MATCH_SAGA_PATIENCE_S": "300",
        "SETTLE_SAGA_STATE_MACHINE_ARN": SETTLE,
        "SUPPLY_MAX_SPEED_MPS": _FASTEST_CAR_MPS,
    }


@contextmanager
def _two_cores() -> Iterator[None]:
    """On Linux this process and its children use two cores, however many there are."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:PROCESSES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
