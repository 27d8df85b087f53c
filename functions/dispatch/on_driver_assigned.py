"""A trip has its driver: the saga's wait is answered, and the others who were asked are told.

Needs: database, redis, event_bus, realtime, dispatch, states.
Consumes: DriverAssigned (rideflow.trips).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.dispatch.wiring import requests
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class DriverAssigned(Message):
    trip_id: UUID
    driver_id: UUID


def on_driver_assigned(trip: DriverAssigned) -> None:
    requests().driver_assigned(trip.trip_id, trip.driver_id)


app = consumer(on_driver_assigned)
