"""Something changed that rides ask of a driver, or what the driver takes: matching is told.

Needs: redis, database.
Consumes: DriverTraitsChanged (rideflow.drivers).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.supply.wiring import availability


class TraitsChanged(Message):
    driver_id: UUID


def on_driver_traits(driver: TraitsChanged) -> None:
    availability().traits_changed(driver.driver_id)


app = consumer(on_driver_traits)
