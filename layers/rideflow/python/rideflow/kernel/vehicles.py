"""Ids of products and vehicle classes, which each market's data defines (`markets/products.py`)."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field

_ID = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=40)

type ProductId = Annotated[str, _ID]
"""A product that a rider orders and a price depends on, such as `economy`."""

type VehicleClass = Annotated[str, _ID]
"""The class of a driver's vehicle. Several classes may serve a product, and a class may serve several products."""


class ServingClasses(NamedTuple):
    """The vehicle classes that may serve a product; those of `upgrades` only if their driver takes upgrades."""

    own: tuple[VehicleClass, ...]
    upgrades: tuple[VehicleClass, ...] = ()
