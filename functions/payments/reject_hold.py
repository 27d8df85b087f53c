"""Match saga: the card was declined, or Stripe did not answer; the trip ends.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.holding import HoldRejected
from rideflow.payments.wiring import holding


def reject_hold(rejected: HoldRejected) -> None:
    holding().reject(rejected)


app = step(reject_hold)
