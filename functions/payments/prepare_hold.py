"""Match saga: how much to hold on which card, or that there is nothing to hold any more.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.authorization import PreparedHold, PrepareHold
from rideflow.payments.wiring import authorization


def prepare_hold(command: PrepareHold) -> PreparedHold:
    return authorization().prepare(command)


app = step(prepare_hold)
