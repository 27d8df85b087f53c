"""A trip was requested: its match saga starts, once, under the trip's id, and again if it failed.

Needs: match_saga.
Consumes: TripRequested (rideflow.trips).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.dispatch.wiring import saga
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class TripRequested(Message):
    trip_id: UUID
    waits_until: datetime | None = None


def on_trip_requested(trip: TripRequested) -> None:
    saga().start(trip.trip_id, trip.waits_until)


app = consumer(on_trip_requested)
