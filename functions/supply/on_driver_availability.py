"""A driver went online or offline: Redis expects the first position, or forgets the driver.

Needs: redis.
Consumes: DriverWentOnline, DriverWentOffline (rideflow.drivers).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.supply.wiring import availability


class AvailabilityChanged(Message):
    type: str
    driver_id: UUID
    version: int
    zone: str


def on_driver_availability(driver: AvailabilityChanged) -> None:
    if driver.type == "DriverWentOffline":
        availability().went_offline(driver.driver_id, driver.version)
    else:
        availability().went_online(driver.zone, driver.driver_id, driver.version)


app = consumer(on_driver_availability)
