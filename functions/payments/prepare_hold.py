"""Match saga: the amount and card of the hold, or the decision that none is needed.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.sagas.authorization import PreparedHold, PrepareHold
from rideflow.payments.wiring import authorization


def prepare_hold(command: PrepareHold) -> PreparedHold:
    return authorization().prepare(command)


app = step(prepare_hold)
