"""A driver went online or offline: Redis expects the first position, or forgets the driver.

Needs: redis, database, realtime, locations.
Consumes: DriverWentOnline, DriverWentOffline (rideflow.drivers).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.locations.wiring import locations


class AvailabilityChanged(Message):
    type: str
    driver_id: UUID
    version: int
    zone: str


def on_driver_availability(driver: AvailabilityChanged) -> None:
    if driver.type == "DriverWentOffline":
        locations().forget(driver.driver_id, driver.version)
    else:
        locations().expect(driver.zone, driver.driver_id, driver.version)


app = consumer(on_driver_availability)
