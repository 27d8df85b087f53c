"""Errors of pricing."""

from __future__ import annotations

from rideflow.kernel.errors import ConflictError, NotFoundError


class QuoteNotFoundError(NotFoundError):
    """There is no such quote, or it was given to another rider."""

    code = "quote_not_found"


class QuoteExpiredError(ConflictError):
    """The quote's two minutes are over; the rider asks for a new one."""

    code = "quote_expired"
