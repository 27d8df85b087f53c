"""A trip began, went on or ended for its driver: Redis follows.

Needs: redis, database, realtime, locations.
Consumes: DriverAssigned, DriverArrived, TripStarted, TripCompleted, TripCancelled, DriverCancelled (rideflow.trips).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.locations.wiring import locations, roster
from rideflow.supply.model import TripChange

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
        change: TripChange | None = TripChange(trip.driver_id, trip.trip_id, trip.version, trip.at, None)
    else:
        change = roster().trip_in_hand(trip.driver_id, trip.trip_id)
    if change is not None:
        locations().change_trip(change)


app = consumer(on_trip_changed)
