"""The port to whoever moves the money: Stripe now, others beside it later (PA10)."""

from __future__ import annotations

from typing import Protocol, Self
from uuid import UUID

from pydantic import model_validator

from rideflow.kernel.model import Message


class HoldRequest(Message):
    """What a hold needs; the same order always asks for the same, so that a repeat is one hold."""

    trip_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str
    stripe_customer_id: str
    payment_method_id: str
    idempotency_key: str


class PlacedHold(Message):
    """A hold as the gateway confirmed it."""

    trip_id: UUID
    order_id: UUID
    payment_intent_id: str
    held_minor: int


class CaptureRequest(Message):
    """Take `amount_minor` of a hold; what is left of it goes back to the rider."""

    trip_id: UUID
    order_id: UUID
    payment_intent_id: str
    amount_minor: int
    idempotency_key: str


class MadeCapture(Message):
    """What the gateway took."""

    trip_id: UUID
    order_id: UUID
    payment_intent_id: str
    captured_minor: int


class ReleaseRequest(Message):
    """Give a hold back.

    Without `payment_intent_id`, what was held for the customer's `order_id` is looked for: the hold is not on record.
    """

    trip_id: UUID
    payment_intent_id: str | None = None
    idempotency_key: str | None = None
    order_id: UUID | None = None
    stripe_customer_id: str | None = None

    @model_validator(mode="after")
    def _names_a_hold(self) -> Self:
        if self.payment_intent_id is None and None in (self.order_id, self.stripe_customer_id):
            raise ValueError("name the hold, or the customer and the order to look for it")
        return self


class PaymentGateway(Protocol):
    """Every call may be repeated: it has one effect.

    Raises `CardDeclinedError` when the bank refuses, `StripeUnavailableError` when it is not known what happened.
    """

    def hold(self, request: HoldRequest) -> PlacedHold: ...

    def capture(self, request: CaptureRequest) -> MadeCapture:
        """Raises `HoldGoneError` when the hold was released or expired."""
        ...

    def release(self, request: ReleaseRequest) -> None:
        """Raises `AlreadyCapturedError` when the money was taken. A hold that is looked for need not be there."""
        ...
