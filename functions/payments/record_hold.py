"""Match saga: the hold is placed, matching begins; or the trip has ended, and the saga releases the hold.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.providers.port import PlacedHold
from rideflow.payments.sagas.authorization import RecordedHold
from rideflow.payments.wiring import authorization


def record_hold(placed: PlacedHold) -> RecordedHold:
    return authorization().record(placed)


app = step(record_hold)
