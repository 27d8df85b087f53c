"""Match saga: the card was declined, or the fare could not be held for another reason; the trip ends.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.sagas.authorization import RejectHold
from rideflow.payments.wiring import authorization


def reject_hold(command: RejectHold) -> None:
    authorization().reject(command)


app = step(reject_hold)
