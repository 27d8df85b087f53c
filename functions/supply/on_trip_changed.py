"""A trip began, went on or ended for its driver: Redis follows.

Needs: redis, database.
Consumes: DriverAssigned, DriverArrived, TripStarted, TripCompleted, TripCancelled, DriverCancelled (rideflow.trips).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.supply.model import TripChange
from rideflow.supply.wiring import availability

_ENDS = frozenset({"TripCompleted", "TripCancelled", "DriverCancelled"})


class TripChanged(Message):
    type: str
    trip_id: UUID
    driver_id: UUID | None
    version: int
    at: datetime


def on_trip_changed(trip: TripChanged) -> None:
    if trip.driver_id is None:
        return
    if trip.type in _ENDS:
        availability().trip_changed(TripChange(trip.driver_id, trip.trip_id, trip.version, trip.at, None))
    else:
        availability().trip_goes_on(trip.driver_id, trip.trip_id)


app = consumer(on_trip_changed)
