"""The ledger's objects. Each is built once per execution environment, and imported when built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from rideflow.ledger.checking import Checking
    from rideflow.ledger.store import PostgresLedger


@cache
def ledger() -> PostgresLedger:
    from rideflow.kernel.postgres import database
    from rideflow.ledger.store import PostgresLedger

    return PostgresLedger(database())


@cache
def checking() -> Checking:
    from rideflow.kernel.postgres import database
    from rideflow.ledger.check_store import PostgresChecks
    from rideflow.ledger.checking import Checking

    return Checking(PostgresChecks(database()), utc_now)
