"""The ledger on a real PostgreSQL: postings and settlements beside bare statements, and reading a large account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, LiteralString
from uuid import UUID, uuid4

import psycopg

from benchmarks.postings import CLEARING, EARNINGS, PostingRate, posting_rates
from benchmarks.settling import SettlingRate, settling_rate
from benchmarks.timing import Timed, side_by_side
from rideflow.kernel.access import Caller
from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database, connect
from rideflow.kernel.settings import DatabaseSettings
from rideflow.ledger.check_store import PostgresChecks
from rideflow.ledger.checking import Checking
from rideflow.ledger.model import Account, Cause, Journal, Owner, credit, debit
from rideflow.ledger.statement_store import PostgresStatements
from rideflow.ledger.statements import READ_ANY, Statements
from rideflow.ledger.store import PostgresLedger

ENTRIES = 1_000_000


@dataclass(frozen=True)
class ReadingTime:
    """Reading one account."""

    TABLE: ClassVar[str] = "Reading an account"

    name: str
    entries: int
    p50_ms: float
    p99_ms: float
    floor_p50_ms: float
    limit_ms: float


def ledger_costs(database_url: str, repeats: int) -> Iterator[PostingRate | SettlingRate | ReadingTime]:
    database = Database(lambda: connect(DatabaseSettings.from_environment()))
    now = datetime.now(UTC)
    with psycopg.connect(database_url, autocommit=True) as owner:
        yield from posting_rates(owner, max(repeats, 50))
        yield settling_rate(owner, max(repeats // 2, 20))
        driver = Account(Owner("driver", uuid4()), EARNINGS, "USD")
        _fill(owner, PostgresLedger(database), driver, now)
        checking = Checking(PostgresChecks(database), lambda: now)
        checking.snapshot()
        yield from _reading(database, owner, driver, repeats)
    database.close()


_FILL: LiteralString = """
    with made as (
        insert into ledger_journals (id, cause_type, cause_id, step, phase, lines, memo, effective_at, posted_at)
        select gen_random_uuid(), 'bench_fill', gen_random_uuid(), 'charge', 'posted', 2, 'A ride', %(at)s, %(at)s
        from generate_series(1, %(entries)s)
        returning id
    )
    insert into ledger_entries (
        journal_id, line, lines, phase, account_id, currency, amount_minor, sequence, balance_minor, posted_at
    )
    select
        id, line, 2, 'posted', case line when 1 then %(driver)s::uuid else %(clearing)s::uuid end, 'USD',
        case line when 1 then -1 else 1 end, case line when 1 then number + 1 end,
        case line when 1 then -number - 1 end,
        %(at)s::timestamptz - make_interval(secs => %(entries)s - number)
    from (select id, row_number() over () as number from made) as numbered
    cross join generate_series(1, 2) as line
"""


def _fill(owner: psycopg.Connection[Any], ledger: PostgresLedger, driver: Account, now: datetime) -> None:
    """Give the driver's account, and the clearing account, a million entries, past the triggers."""
    ledger.post(
        [Journal.of(uuid7(), Cause("bench", uuid7(), "first"), "A ride", now, (debit(CLEARING, 1), credit(driver, 1)))],
        now,
    )
    parameters = {"entries": ENTRIES, "driver": driver.id, "clearing": CLEARING.id, "at": now}
    owner.execute("set session_replication_role = replica")
    owner.execute(_FILL, parameters)
    owner.execute(
        "update ledger_balances set posted_minor = posted_minor - %s, last_sequence = last_sequence + %s"
        " where account_id = %s",
        (ENTRIES, ENTRIES, driver.id),
    )
    owner.execute("reset session_replication_role")
    owner.execute("vacuum analyze ledger_entries")
    owner.execute("analyze ledger_journals")


def _reading(
    database: Database, owner: psycopg.Connection[Any], driver: Account, repeats: int
) -> Iterator[ReadingTime]:
    ledger, statements = PostgresLedger(database), Statements(PostgresStatements(database))
    staff = Caller(UUID(int=1), frozenset({"operator"}), frozenset({READ_ANY}))

    def page(cursor: str | None) -> str | None:
        return statements.statement(staff, driver.id, since=None, until=None, limit=50, cursor=cursor).next_cursor

    def trivial() -> None:
        owner.execute("select 1").fetchone()

    half = _cursor_of_the_middle(owner, driver)
    reads: dict[str, tuple[Callable[[], object], float]] = {
        "balance in a row": (lambda: ledger.balance(driver), 2),
        "balance by snapshot": (lambda: ledger.balance(CLEARING), 2),
        "newest page of a statement": (lambda: page(None), 5),
        "page in the middle of it": (lambda: page(half), 5),
    }
    for name, (read, limit_ms) in reads.items():
        read()
        taken, floor = side_by_side(max(20, repeats // 5), read, trivial)
        yield _reading_time(name, taken, floor, limit_ms)
    began = time.perf_counter()
    owner.execute("select sum(amount_minor) from ledger_entries where account_id = %s", (driver.id,)).fetchone()
    summed_ms = round((time.perf_counter() - began) * 1e3, 1)
    yield ReadingTime("the same by summing its entries", ENTRIES, summed_ms, summed_ms, summed_ms, summed_ms)


def _cursor_of_the_middle(owner: psycopg.Connection[Any], driver: Account) -> str:
    from rideflow.kernel.paging import cursor_of

    row = owner.execute(
        "select position from ledger_entries where account_id = %s and sequence = %s", (driver.id, ENTRIES // 2)
    ).fetchone()
    return cursor_of(int(row[0]) if row else 0)


def _reading_time(name: str, taken: Timed, floor: Timed, limit_ms: float) -> ReadingTime:
    def in_ms(us: float) -> float:
        return round(us / 1e3, 2)

    return ReadingTime(name, ENTRIES, in_ms(taken.p50_us), in_ms(taken.p99_us), in_ms(floor.p50_us), limit_ms)
