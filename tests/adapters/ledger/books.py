"""A ledger on a real PostgreSQL, with accounts to post to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database
from rideflow.ledger.model import PLATFORM, Account, AccountKind, Cause, Journal, Line, Owner, credit, debit
from rideflow.ledger.store import PostgresLedger
from tests.databases import OWNER, database_at

EARNINGS = AccountKind("earnings", "credit")
WALLET = AccountKind("wallet", "credit", floored=True)
CASH_BOX = AccountKind("cash_box", "debit", floored=True)
CLEARING = AccountKind("clearing", "debit", shared=True)
REVENUE = AccountKind("revenue", "credit", shared=True)


def clearing(currency: str = "USD") -> Account:
    return Account(PLATFORM, CLEARING, currency)


def revenue(currency: str = "USD") -> Account:
    return Account(PLATFORM, REVENUE, currency)


def somebodys(kind: AccountKind = EARNINGS, person: UUID | None = None, currency: str = "USD") -> Account:
    return Account(Owner("driver", person or uuid7()), kind, currency)


@dataclass
class Books:
    """The ledger as functions use it. The clock stands until a test moves it."""

    url: str
    database: Database
    ledger: PostgresLedger
    owner: Database
    now: datetime = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)

    @contextmanager
    def another(self) -> Iterator[PostgresLedger]:
        """The ledger on another connection, in a transaction that is rolled back if it is still open."""
        database = database_at(self.url)
        try:
            yield PostgresLedger(database)
        finally:
            database.close()

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def post(self, *lines: Line, **options: Any) -> Cause:
        """Post one journal; returns its cause."""
        made = self.journal(*lines, **options)
        self.ledger.post([made], self.now)
        return made.cause

    def journal(self, *lines: Line, cause: Cause | None = None, memo: str = "A ride", **options: Any) -> Journal:
        return Journal.of(uuid7(), cause or a_cause(), memo, self.now, lines, **options)

    def pay(self, account: Account, amount_minor: int, **options: Any) -> Cause:
        """Credit somebody's account from the clearing account."""
        return self.post(debit(clearing(account.currency), amount_minor), credit(account, amount_minor), **options)

    def rows(self, statement: LiteralString, **parameters: Any) -> list[dict[str, Any]]:
        return self.owner.all(statement, parameters)

    def entries(self, account: Account) -> list[tuple[int, int, int]]:
        """Sequence, amount and balance after it, of each posted entry."""
        found = self.rows(
            "select sequence, amount_minor, balance_minor from ledger_entries"
            " where account_id = %(id)s and phase = 'posted' order by position",
            id=account.id,
        )
        return [(row["sequence"], row["amount_minor"], row["balance_minor"]) for row in found]


def a_cause(step: str = "capture") -> Cause:
    return Cause("order", uuid7(), step)


def books_at(database_url: str) -> Books:
    database = database_at(database_url)
    return Books(database_url, database, PostgresLedger(database), database_at(database_url, OWNER))
