"""Errors of markets: for places that are not served, and products that are not offered."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import ConflictError, InvalidInputError


class OutsideServiceAreaError(InvalidInputError):
    """The place is in no zone of any market."""

    code = "outside_service_area"


class MarketWithdrawnError(ConflictError):
    """A deploy has removed the market or the zone."""

    code = "market_withdrawn"


class BlackoutAreaError(InvalidInputError):
    """Rides may not begin, or not end, at the place. `reason` is the reason in the market's data."""

    code = "blackout_area"

    class Members(TypedDict):
        area: str
        reason: str


class UnknownProductError(InvalidInputError):
    """The product is not offered; `products` are the products that are."""

    code = "unknown_product"

    class Members(TypedDict):
        products: list[str]
