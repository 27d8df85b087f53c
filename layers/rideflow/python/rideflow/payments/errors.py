"""Errors of payments. Those of Stripe are in `kernel.stripe`. The sagas catch both by name."""

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
        payment_intent_id: NotRequired[str]


class TripNotOverError(ConflictError):
    """The trip is still going on: there is nothing to settle yet."""

    code = "trip_not_over"


class HoldGoneError(ConflictError):
    """The hold was released or has expired; nothing can be captured from it."""

    code = "hold_gone"

    class Members(TypedDict):
        payment_intent_status: NotRequired[str]


class AlreadyCapturedError(ConflictError):
    """The money of a hold that should be released was captured."""

    code = "already_captured"

    class Members(TypedDict):
        payment_intent_id: str


class ReceiptNotFoundError(NotFoundError):
    """There is no receipt (yet), or the trip is somebody else's."""

    code = "receipt_not_found"


class SignatureInvalidError(MalformedRequestError):
    """The webhook is not signed by Stripe, or its signature is too old."""

    code = "signature_invalid"
