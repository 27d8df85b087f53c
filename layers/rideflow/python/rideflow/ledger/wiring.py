"""The ledger's objects. Each is built once per execution environment, and imported when built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from rideflow.kernel.postgres import Database
    from rideflow.ledger.checking import Checking
    from rideflow.ledger.model import AccountKind
    from rideflow.ledger.statements import Statements
    from rideflow.ledger.store import PostgresLedger


@cache
def ledger() -> PostgresLedger:
    from rideflow.kernel.postgres import database
    from rideflow.ledger.store import PostgresLedger

    return PostgresLedger(database())


@cache
def checking(kinds: tuple[AccountKind, ...] = ()) -> Checking:
    from rideflow.kernel.postgres import database
    from rideflow.ledger.check_store import PostgresChecks
    from rideflow.ledger.checking import Checking

    return Checking(PostgresChecks(database()), utc_now, kinds)


@cache
def statements() -> Statements:
    from rideflow.kernel.postgres import database
    from rideflow.ledger.statement_store import PostgresStatements
    from rideflow.ledger.statements import Statements

    return Statements(PostgresStatements(database()))


def snapshot_due_at(look: Database) -> datetime | None:
    from rideflow.ledger.check_store import PostgresChecks

    return PostgresChecks(look).snapshot_due_at()


def check_due_at(look: Database) -> datetime | None:
    from rideflow.ledger.check_store import PostgresChecks
    from rideflow.ledger.checking import CLEARED_WITHIN

    return PostgresChecks(look).check_due_at(CLEARED_WITHIN, utc_now())
