"""`products.json`: what riders can order in a market."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Product(BaseModel):
    """What is ordered and priced: its name as riders read it, and how many of them it takes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(min_length=1, pattern=r"\S")
    seats: int = Field(ge=1, le=100)


class Products(BaseModel):
    """The products by their ids, in the order in which riders see them."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    products: dict[str, Product] = Field(min_length=1)
