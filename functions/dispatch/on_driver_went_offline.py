"""A driver went offline, or was lost: what they were offered is withdrawn and goes to others.

Needs: database, redis, event_bus, realtime, dispatch.
Consumes: DriverWentOffline (rideflow.drivers).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.dispatch.wiring import requests
from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message


class DriverWentOffline(Message):
    driver_id: UUID


def on_driver_went_offline(driver: DriverWentOffline) -> None:
    requests().driver_left(driver.driver_id)


app = consumer(on_driver_went_offline)
