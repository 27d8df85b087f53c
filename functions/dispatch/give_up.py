"""Match saga: the rider's patience is over; the trip ends without a driver, unless an accept came first.

Needs: database, redis, event_bus, realtime, dispatch, states.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from rideflow.dispatch.wiring import requests
from rideflow.kernel.consumer import step
from rideflow.kernel.model import Message


class UnmatchedTrip(Message):
    """`execution` (its ARN) of the saga that gives up: it does not speak for a later one."""

    trip_id: UUID
    execution: str


class GivenUp(BaseModel):
    trip_id: UUID
    outcome: Literal["no_driver_found", "ended"]


def give_up(trip: UnmatchedTrip) -> GivenUp:
    return GivenUp(trip_id=trip.trip_id, outcome=requests().give_up(trip.trip_id, trip.execution))


app = step(give_up)
