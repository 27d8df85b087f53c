"""Both sagas: record that the hold was released.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.sagas.settlement import RecordRelease
from rideflow.payments.wiring import settlement


def record_release(command: RecordRelease) -> None:
    settlement().record_release(command)


app = step(record_release)
