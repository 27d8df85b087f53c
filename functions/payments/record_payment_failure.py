"""Settle saga: the capture failed; try again after a wait, or release the hold: the rider owes the amount.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.sagas.settlement import CaptureFailureOutcome, RecordCaptureFailure
from rideflow.payments.wiring import settlement


def record_payment_failure(command: RecordCaptureFailure) -> CaptureFailureOutcome:
    return settlement().record_capture_failure(command)


app = step(record_payment_failure)
