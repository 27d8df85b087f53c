"""`products.json`: the products that riders can order in a market, and the vehicles that may serve them."""

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
    """A product that riders order, with a price. `name` is for riders; `seats` is how many of them it takes.

    It is served by vehicles of the classes in `served_by`, and by vehicles of the classes in `upgrades` whose drivers
    take upgrades. The rider pays the product's price in both cases.
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
