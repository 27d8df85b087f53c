"""A trip ended before its ride: nobody is to take it any more, and the saga need not wait.

Needs: database, redis, event_bus, realtime, dispatch, states.
Consumes: TripCancelled, NoDriverFound (rideflow.trips).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.dispatch.wiring import requests
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class TripEnded(Message):
    type: str
    trip_id: UUID


def on_trip_ended(trip: TripEnded) -> None:
    requests().trip_ended(trip.trip_id, "cancelled" if trip.type == "TripCancelled" else "no_driver_found")


app = consumer(on_trip_ended)
