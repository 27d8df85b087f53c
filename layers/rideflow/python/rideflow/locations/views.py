"""What locations' operations read and show."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from rideflow.kernel.model import Request, View
from rideflow.kernel.vehicles import VehicleClass
from rideflow.locations.model import NearbyDriver, PlaceInQueue, Position, Verdict


class PositionBatch(Request):
    """What the phone could not send from a dead spot."""

    positions: Annotated[list[Position], Field(min_length=1, max_length=200)]


class PositionBatchView(View):
    """One verdict for each position, in the order of the request."""

    accepted: int
    verdicts: list[Verdict]

    @classmethod
    def of(cls, verdicts: tuple[Verdict, ...]) -> Self:
        return cls(accepted=verdicts.count("accepted"), verdicts=list(verdicts))


class NearbyDriverView(View):
    """A free car on the rider's map. Who drives it is told with the assignment and not before."""

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
    """Where the driver stands in an airport's queue, among the vehicles of the same class."""

    area: str
    name: str
    vehicle_class: VehicleClass
    position: Annotated[int, Field(ge=1, description="1 is offered the next trip")]
    length: int
    since: Annotated[datetime, Field(description="When the driver came, or let the last trip pass")]

    @classmethod
    def of(cls, place: PlaceInQueue) -> Self:
        return cls.model_validate(place)
