"""A rider rated a driver: the driver's mean follows.

Needs: database, event_bus.
Consumes: TripRated (rideflow.trips).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from rideflow.drivers.wiring import driving
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class Rated(Message):
    """`rater` is the side that gave the stars to `ratee_id`."""

    trip_id: UUID
    rater: Literal["rider", "driver"]
    ratee_id: UUID
    stars: int
    at: datetime


def on_trip_rated(rating: Rated) -> None:
    if rating.rater == "rider":
        driving().rate(rating.ratee_id, rating.trip_id, rating.stars, rating.at)


app = consumer(on_trip_rated)
