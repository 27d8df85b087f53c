"""Vehicles, and the ids of products and vehicle classes, which each market's data defines (`markets/products.py`)."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import Field

from rideflow.kernel.model import View

_ID = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=40)

type ProductId = Annotated[str, _ID]
"""A product that a rider orders and a price depends on, such as `economy`."""

type VehicleClass = Annotated[str, _ID]
"""The class of a driver's vehicle. Several classes may serve a product, and a class may serve several products."""


# A plate is personal data: drivers alone keep it. Tables, logs and events of other contexts have the vehicle's id, and
# statements that show the vehicle read it from the view `published_vehicles` (ADR 130).
class Vehicle(View):
    """A vehicle as a rider recognizes it at the kerb. `year` is the model year. A vehicle never changes."""

    id: UUID
    plate: str
    make: str
    model: str
    year: int
    colour: str
    vehicle_class: VehicleClass
    wheelchair_accessible: bool


class ServingClasses(NamedTuple):
    """The vehicle classes that may serve a product; those of `upgrades` only if their driver takes upgrades."""

    own: tuple[VehicleClass, ...]
    upgrades: tuple[VehicleClass, ...] = ()
