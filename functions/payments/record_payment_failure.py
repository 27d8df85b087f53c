"""Settle saga: the capture failed; try again after a wait, or note that the rider owes it.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.settling import AfterRefusal, CaptureRefused
from rideflow.payments.wiring import settling


def record_payment_failure(refused: CaptureRefused) -> AfterRefusal:
    return settling().record_refusal(refused)


app = step(record_payment_failure)
