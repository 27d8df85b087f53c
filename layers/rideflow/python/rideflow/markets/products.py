"""`products.json`: what riders can order in a market, and which vehicles may serve it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rideflow.kernel.vehicles import ProductId, ServingClasses, VehicleClass


def _each_once[Id](ids: tuple[Id, ...]) -> tuple[Id, ...]:
    if len(set(ids)) < len(ids):
        raise ValueError("one is named twice")
    return ids


type _Classes = Annotated[tuple[VehicleClass, ...], AfterValidator(_each_once)]


class Product(BaseModel):
    """What is ordered and priced: its name as riders read it, and how many of them it takes.

    It is served by vehicles of the classes in `served_by`, and by those in `upgrades` whose driver takes upgrades: the
    rider pays the product's price in either.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(min_length=1, pattern=r"\S")
    seats: int = Field(ge=1, le=100)
    served_by: Annotated[_Classes, Field(min_length=1)]
    upgrades: _Classes = ()

    @property
    def serving(self) -> ServingClasses:
        return ServingClasses(self.served_by, self.upgrades)


class Products(BaseModel):
    """The products by their ids, in the order in which riders see them."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    products: dict[ProductId, Product] = Field(min_length=1)
