"""Settle saga: book what was captured: order, ledger, receipt and trip in one transaction.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.sagas.settlement import RecordCapture
from rideflow.payments.wiring import settlement


def record_settlement(command: RecordCapture) -> None:
    settlement().record_capture(command)


app = step(record_settlement)
