"""Responses of supply's operations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from rideflow.kernel.model import View
from rideflow.kernel.vehicles import VehicleClass
from rideflow.supply.model import NearbyDriver, PlaceInQueue


class NearbyDriverView(View):
    """A free car on the rider's map. It does not name the driver; only the assignment of a trip does."""

    vehicle_class: VehicleClass
    lat: float
    lng: float
    distance_m: int
    eta_s: Annotated[int, Field(description="Expected seconds until the car could be there")]

    @classmethod
    def of(cls, driver: NearbyDriver, eta_s: int) -> Self:
        return cls(
            vehicle_class=driver.vehicle_class,
            lat=round(driver.place.lat, 5),
            lng=round(driver.place.lng, 5),
            distance_m=round(driver.distance_m),
            eta_s=eta_s,
        )


class NearbyDriversView(View):
    """Free cars near a place, nearest first."""

    drivers: list[NearbyDriverView]


class PlaceInQueueView(View):
    """The driver's place in an airport's queue, among vehicles of the same class."""

    area: str
    name: str
    vehicle_class: VehicleClass
    position: Annotated[int, Field(ge=1, description="1 is offered the next trip")]
    length: int
    since: Annotated[datetime, Field(description="When the driver came, or let the last trip pass")]

    @classmethod
    def of(cls, place: PlaceInQueue) -> Self:
        return cls.model_validate(place)
