"""The port to payment providers: Stripe now, others later."""

from __future__ import annotations

from typing import Protocol, Self
from uuid import UUID

from pydantic import model_validator

from rideflow.kernel.model import Message


class HoldRequest(Message):
    """Place a hold for an order. Requests for the same order are equal, so a repeat places no second hold."""

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
    """Capture `amount_minor` of a hold; the rest of it is released."""

    trip_id: UUID
    order_id: UUID
    payment_intent_id: str
    amount_minor: int
    idempotency_key: str


class MadeCapture(Message):
    """A capture as the gateway confirmed it."""

    trip_id: UUID
    order_id: UUID
    payment_intent_id: str
    captured_minor: int


def release_key(payment_intent_id: str) -> str:
    """The idempotency key of a hold's release: a hold is released once, whoever asks for it."""
    return f"release-{payment_intent_id}"


class ReleaseRequest(Message):
    """Release a hold.

    Without `payment_intent_id` the hold is not on record: the gateway searches the customer's holds for `order_id`.
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
    """A payment provider. Calls are idempotent.

    Raises `CardDeclinedError` if the bank refuses, `StripeUnavailableError` if the outcome is not known.
    """

    def hold(self, request: HoldRequest) -> PlacedHold: ...

    def capture(self, request: CaptureRequest) -> MadeCapture:
        """Raises `HoldGoneError` if the hold was released or has expired."""
        ...

    def release(self, request: ReleaseRequest) -> None:
        """Raises `AlreadyCapturedError` if the money was captured. A search that finds no hold succeeds."""
        ...
