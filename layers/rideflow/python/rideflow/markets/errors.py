"""Why a place is not served (any more), or a product not offered."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import ConflictError, InvalidInputError


class OutsideServiceAreaError(InvalidInputError):
    """The place lies in no zone of any market."""

    code = "outside_service_area"


class MarketWithdrawnError(ConflictError):
    """A deploy has taken away the market, or the zone, of what is asked about."""

    code = "market_withdrawn"


class BlackoutAreaError(InvalidInputError):
    """Rides may not begin (or end) at the place; `reason` is the data's."""

    code = "blackout_area"

    class Members(TypedDict):
        area: str
        reason: str


class UnknownProductError(InvalidInputError):
    """The market does not offer what was ordered; `products` are those that it offers."""

    code = "unknown_product"

    class Members(TypedDict):
        products: list[str]
