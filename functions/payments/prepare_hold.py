"""Match saga: how much to hold on which card, or that there is nothing to hold any more.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.holding import HoldWanted, PreparedHold
from rideflow.payments.wiring import holding


def prepare_hold(wanted: HoldWanted) -> PreparedHold:
    return holding().prepare(wanted)


app = step(prepare_hold)
