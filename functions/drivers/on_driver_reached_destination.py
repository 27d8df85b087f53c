"""A driver is where they were heading: all trips are offered again.

Needs: database, event_bus.
Consumes: DriverReachedDestination (rideflow.supply).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.drivers.wiring import driving
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class Reached(Message):
    driver_id: UUID
    until: datetime


def on_driver_reached_destination(reached: Reached) -> None:
    driving().reached_destination(reached.driver_id, reached.until)


app = consumer(on_driver_reached_destination)
