"""What riders order and what drivers drive: ids that each market's data defines (`markets/products.py`)."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field

_ID = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=40)

type ProductId = Annotated[str, _ID]
"""What a rider orders and a price depends on, such as `economy`."""

type VehicleClass = Annotated[str, _ID]
"""What a driver's vehicle is. A product may be served by several classes, and a class may serve several products."""


class ServingClasses(NamedTuple):
    """The vehicle classes that may serve a product; those of `upgrades` only if their driver takes upgrades."""

    own: tuple[VehicleClass, ...]
    upgrades: tuple[VehicleClass, ...] = ()
