"""A driver was silent too long: nobody may believe that they still take trips.

Needs: database, event_bus.
Consumes: DriverHeartbeatLost (rideflow.supply).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rideflow.drivers.wiring import driving
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class HeartbeatLost(Message):
    """`at` is when the silence was noticed."""

    driver_id: UUID
    at: datetime


def on_driver_heartbeat_lost(message: HeartbeatLost) -> None:
    driving().lose_heartbeat(message.driver_id, message.at)


app = consumer(on_driver_heartbeat_lost)
