"""Settle saga: book what was captured: order, ledger, receipt and trip in one transaction.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.settling import CaptureMade
from rideflow.payments.wiring import settling


def record_settlement(made: CaptureMade) -> None:
    settling().record_capture(made)


app = step(record_settlement)
