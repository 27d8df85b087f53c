"""Both sagas: the held money is the rider's again.

Needs: database, event_bus.
"""

from __future__ import annotations

from rideflow.kernel.consumer import step
from rideflow.payments.settling import ReleaseMade
from rideflow.payments.wiring import settling


def record_release(made: ReleaseMade) -> None:
    settling().record_release(made)


app = step(record_release)
