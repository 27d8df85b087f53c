"""A driver gave a trip back: another match saga starts, under the trip's id and version, and again if it failed.

Needs: match_saga.
Consumes: DriverCancelled (rideflow.trips).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.dispatch.wiring import saga
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class DriverCancelled(Message):
    trip_id: UUID
    version: int
    waits_until: datetime | None = None


def on_driver_cancelled(trip: DriverCancelled) -> None:
    saga().start_again(trip.trip_id, trip.version, trip.waits_until)


app = consumer(on_driver_cancelled)
