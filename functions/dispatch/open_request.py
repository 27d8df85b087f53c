"""Match saga: the trip waits for a driver from now on; the task token is answered when that ends.

Needs: database, redis, event_bus, realtime, dispatch, states.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from rideflow.dispatch.wiring import requests
from rideflow.kernel.consumer import step
from rideflow.kernel.model import Message


class TripToMatch(Message):
    trip_id: UUID
    execution: str
    task_token: str
    patience_s: int


def open_request(trip: TripToMatch) -> None:
    requests().open(trip.trip_id, trip.execution, trip.task_token, timedelta(seconds=trip.patience_s))


app = step(open_request)
