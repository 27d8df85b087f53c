"""What pricing refuses."""

from __future__ import annotations

from typing import TypedDict

from rideflow.kernel.errors import ConflictError, InvalidInputError, NotFoundError


class QuoteNotFoundError(NotFoundError):
    """There is no such quote, or it was given to another rider."""

    code = "quote_not_found"


class UnknownProductError(InvalidInputError):
    """The market does not offer what was ordered; `products` are those that it offers."""

    code = "unknown_product"

    class Members(TypedDict):
        products: list[str]


class QuoteExpiredError(ConflictError):
    """The quote's two minutes are over; the rider asks for a new one."""

    code = "quote_expired"
