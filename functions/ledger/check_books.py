"""Compares what was posted with balances and snapshots, and finds what was not cleared in three days.

Needs: database.
Runs: every day.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.ledger.wiring import check_due_at, checking
from rideflow.payments.orders.bookings import ACCOUNT_KINDS


def check_books() -> dict[str, int]:
    return checking(ACCOUNT_KINDS).check()


app = scheduled(check_books, ahead=check_due_at)
