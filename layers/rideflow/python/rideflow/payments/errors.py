"""Errors of payments. Those of its providers are in `providers/errors.py`."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from uuid import UUID

from rideflow.kernel.errors import ConflictError, MalformedRequestError, NotFoundError


class OrderConflictError(ConflictError):
    """The order's state does not allow the operation."""

    code = "order_conflict"

    class Members(TypedDict):
        state: NotRequired[str]
        captured_minor: NotRequired[int]
        order_id: NotRequired[UUID]
        provider_ref: NotRequired[str]


class TripNotOverError(ConflictError):
    """The trip is still going on: there is nothing to settle yet."""

    code = "trip_not_over"


class ReceiptNotFoundError(NotFoundError):
    """There is no receipt (yet), or the trip is somebody else's."""

    code = "receipt_not_found"


class SignatureInvalidError(MalformedRequestError):
    """The webhook is not signed by Stripe, or its signature is too old."""

    code = "signature_invalid"
