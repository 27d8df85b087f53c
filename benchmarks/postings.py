"""Journals posted per second: on one connection, and on four, which share the machine's cores with the database."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, LiteralString
from uuid import uuid4

import psycopg

from benchmarks.flow_worker import Shift
from benchmarks.timing import side_by_side
from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database, connect
from rideflow.kernel.settings import DatabaseSettings
from rideflow.ledger.model import PLATFORM, Account, AccountKind, Cause, Journal, Owner, credit, debit
from rideflow.ledger.store import PostgresLedger

RIDES_A_DAY = 10_000_000
JOURNALS_A_RIDE = 4
"""Hold, charge and capture, confirm."""
CONNECTIONS = 4

CLEARING = Account(PLATFORM, AccountKind("bench_clearing", "debit", shared=True), "USD")
REVENUE = Account(PLATFORM, AccountKind("bench_revenue", "credit", shared=True), "USD")
EARNINGS = AccountKind("bench_earnings", "credit")
DUES = AccountKind("bench_dues", "debit")

_JOURNALS_AT_ONCE = 2
_PEOPLE = 50
_READY_WITHIN_S = 120

_all_ready: Any = None


@dataclass(frozen=True)
class PostingRate:
    """Rides booked per second: a charge and a capture, five entries, in a transaction.

    The floor inserts the same rows by plain statements, without balances and repeats, in a transaction too.
    `of_ten_million_rides_a_day` is the share of these connections' time that ten million rides a day keep busy.
    """

    TABLE: ClassVar[str] = "Posting a ride: charge and capture"

    name: str
    rides_per_s: int
    floor_per_s: int
    ratio: float
    journals_per_s: int
    of_ten_million_rides_a_day: float

    @classmethod
    def of(cls, name: str, rides_per_s: float, floor_per_s: float) -> PostingRate:
        needed = RIDES_A_DAY / 86_400 * JOURNALS_A_RIDE / (_JOURNALS_AT_ONCE * rides_per_s)
        return cls(
            name,
            round(rides_per_s),
            round(floor_per_s),
            round(floor_per_s / rides_per_s, 2),
            round(_JOURNALS_AT_ONCE * rides_per_s),
            round(needed, 2),
        )


class Rides:
    """Rides between people of its own, booked on one connection."""

    def __init__(self) -> None:
        self._database = Database(lambda: connect(DatabaseSettings.from_environment()))
        self._ledger = PostgresLedger(self._database)
        self._now = datetime.now(UTC)
        self._people = [
            (Account(Owner("rider", uuid4()), DUES, "USD"), Account(Owner("driver", uuid4()), EARNINGS, "USD"))
            for _ in range(_PEOPLE)
        ]
        self._number = 0
        for _ in self._people:
            self.post()

    def post(self) -> None:
        """Book a ride by the ledger."""
        with self._database.transaction():
            self._ledger.post(self._ride(), self._now)

    def insert(self) -> None:
        """Insert the rows of a ride by plain statements."""
        with self._database.transaction():
            for journal in self._ride():
                written = {"id": journal.id, "cause": journal.cause.id, "step": journal.cause.step, "at": self._now}
                self._database.execute(_JOURNAL, written)
                for number, line in enumerate(journal.lines, 1):
                    parameters = {"journal": journal.id, "line": number, "account": line.account.id, "at": self._now}
                    self._database.execute(_ENTRY, parameters | {"amount": line.amount_minor})

    def close(self) -> None:
        self._database.close()

    def _ride(self) -> list[Journal]:
        rider, driver = self._people[self._number % _PEOPLE]
        self._number += 1
        order = uuid7()
        charge = (debit(rider, 2000), credit(driver, 1600), credit(REVENUE, 400))
        capture = (debit(CLEARING, 2000), credit(rider, 2000))
        return [
            Journal.of(uuid7(), Cause("bench", order, step), "A ride", self._now, lines)
            for step, lines in (("charge", charge), ("capture", capture))
        ]


def posting_rates(owner: psycopg.Connection[Any], repeats: int) -> Iterator[PostingRate]:
    """The rates on one connection, and on several at once."""
    owner.execute(_FLOOR)
    rides = Rides()
    posted, floor = side_by_side(repeats, rides.post, rides.insert)
    rides.close()
    yield PostingRate.of("one connection", 1e6 / posted.p50_us, 1e6 / floor.p50_us)
    yield PostingRate.of(
        f"{CONNECTIONS} connections", _at_once(_posts, repeats), _at_once(_inserts, repeats)
    )  # each in processes of their own


def _at_once(work: Callable[[int], Shift], repeats: int) -> float:
    """Rides per second of all connections together, each in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(CONNECTIONS)
    with ProcessPoolExecutor(CONNECTIONS, mp_context=spawn, initializer=_meet_at, initargs=(barrier,)) as pool:
        shifts = [each.result() for each in [pool.submit(work, repeats) for _ in range(CONNECTIONS)]]
    seconds = max(shift.ended for shift in shifts) - min(shift.began for shift in shifts)
    return CONNECTIONS * repeats / seconds


def _meet_at(barrier: Any) -> None:
    global _all_ready  # noqa: PLW0603 - a process pool's initializer has no other way
    _all_ready = barrier


def _posts(repeats: int) -> Shift:
    rides = Rides()
    return _repeated(rides.post, repeats)


def _inserts(repeats: int) -> Shift:
    rides = Rides()
    return _repeated(rides.insert, repeats)


def _repeated(call: Callable[[], None], repeats: int) -> Shift:
    call()
    _all_ready.wait(_READY_WITHIN_S)
    began = time.monotonic()
    for _ in range(repeats):
        call()
    return Shift(began, time.monotonic())


# The floor's tables have the keys of the ledger's, and neither checks nor triggers.
_FLOOR: LiteralString = """
    create table floor_journals (
        id uuid primary key, cause_id uuid not null, step text not null, memo text not null,
        posted_at timestamptz not null, unique (cause_id, step)
    );
    create table floor_entries (
        position bigint generated always as identity primary key, journal_id uuid not null, line smallint not null,
        account_id uuid not null, amount_minor bigint not null, posted_at timestamptz not null,
        unique (journal_id, line), unique (account_id, position)
    );
    grant select, insert on floor_journals, floor_entries to functions
"""
_JOURNAL: LiteralString = (
    "insert into floor_journals (id, cause_id, step, memo, posted_at)"
    " values (%(id)s, %(cause)s, %(step)s, 'A ride', %(at)s)"
)
_ENTRY: LiteralString = (
    "insert into floor_entries (journal_id, line, account_id, amount_minor, posted_at)"
    " values (%(journal)s, %(line)s, %(account)s, %(amount)s, %(at)s)"
)
