"""A driver dropped off: the trip that they promised to take next is theirs.

Needs: database, redis, event_bus, realtime, dispatch.
Consumes: TripCompleted (rideflow.trips).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.dispatch.wiring import offer_responses
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class TripCompleted(Message):
    driver_id: UUID
    at: datetime


def on_trip_completed(trip: TripCompleted) -> None:
    offer_responses().keep_promise(trip.driver_id, trip.at)


app = consumer(on_trip_completed)
