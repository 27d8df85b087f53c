"""The port to payment providers: Stripe now, others later."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Protocol, Self
from uuid import UUID

from pydantic import Field, model_validator

from rideflow.kernel.model import Message, View
from rideflow.payments.providers.names import STRIPE, Provider


class HoldRequest(Message):
    """Place a hold for an order, whose payer is there to confirm it.

    Requests for the same order are equal, so a repeat places no second hold.
    """

    trip_id: UUID
    provider: Provider = STRIPE
    order_id: UUID
    amount_minor: int
    currency: str
    customer_ref: str
    method_ref: str
    idempotency_key: str


class PlacedHold(Message):
    """A hold as the gateway confirmed it, or one that waits for its payer.

    | outcome       | held_minor     | capture_before          | client_secret, publishable_key                      |
    |---------------|----------------|-------------------------|-----------------------------------------------------|
    | `held`        | what is held   | if the provider told it | none                                                |
    | `wants_payer` | 0              | none                    | by which the payer's app lets them confirm the hold |
    """

    trip_id: UUID
    provider: Provider = STRIPE
    order_id: UUID
    outcome: Literal["held", "wants_payer"] = "held"
    provider_ref: str
    held_minor: int = 0
    capture_before: Annotated[datetime | None, Field(description="When the hold ends if it is not captured")] = None
    client_secret: str | None = None
    publishable_key: str | None = None


class AwaitedHold(Message):
    """A hold that its payer was asked to confirm; `was_asked` is false if we failed to ask them."""

    trip_id: UUID
    provider: Provider = STRIPE
    order_id: UUID
    provider_ref: str
    was_asked: bool = True


class CaptureRequest(Message):
    """Capture `amount_minor` of a hold; the rest of it is released."""

    trip_id: UUID
    provider: Provider = STRIPE
    order_id: UUID
    provider_ref: str
    amount_minor: int
    idempotency_key: str


class MadeCapture(Message):
    """A capture as the gateway confirmed it."""

    trip_id: UUID
    order_id: UUID
    provider_ref: str
    captured_minor: int


class EndedHold(Message):
    """A hold that is over: released, or `captured_minor` was taken from it before."""

    captured_minor: int = 0


class UncapturedHold(View):
    """A hold that the provider has, and the order that it was placed for."""

    provider: Provider
    provider_ref: str
    order_id: UUID


class HoldsPage(View):
    """Open holds on a page of a provider's list, which had `seen` payments; `after` begins the next page, if any."""

    holds: tuple[UncapturedHold, ...]
    seen: int
    after: str | None


def release_key(provider_ref: str) -> str:
    """The idempotency key of a hold's release: a hold is released once, whoever asks for it."""
    return f"release-{provider_ref}"


class ReleaseRequest(Message):
    """Release a hold.

    Without `provider_ref` the hold is not on record: the gateway searches the customer's holds for `order_id`.
    """

    trip_id: UUID
    provider: Provider = STRIPE
    provider_ref: str | None = None
    idempotency_key: str | None = None
    order_id: UUID | None = None
    customer_ref: str | None = None

    @model_validator(mode="after")
    def _names_a_hold(self) -> Self:
        if self.provider_ref is None and None in (self.order_id, self.customer_ref):
            raise ValueError("name the hold, or the customer and the order to look for it")
        return self


class PaymentGateway(Protocol):
    """A payment provider. Calls are idempotent.

    Raises `PaymentDeclinedError` if the bank refuses, `ProviderRefusedError` for a request that is never accepted, and
    `ProviderUnavailableError` if the outcome is not known.
    """

    def hold(self, request: HoldRequest) -> PlacedHold:
        """Hold the amount, or more if the provider holds nothing as small.

        Raises `AmountTooSmallError` if it does not hold a multiple of it either.
        """
        ...

    def conclude(self, awaited: AwaitedHold) -> PlacedHold:
        """Wait for the payer no longer: the hold that they confirmed. One that they did not is cancelled.

        Raises `PaymentDeclinedError` if the payer, or their bank, refused; `PaymentNotConfirmedError` if they did
        nothing, or `PayerNotAskedError` if they were not asked.
        """
        ...

    def capture(self, request: CaptureRequest) -> MadeCapture:
        """Raises `HoldGoneError` if the hold was released or has expired, `AmountTooSmallError`."""
        ...

    def release(self, request: ReleaseRequest) -> EndedHold:
        """End the hold. If it had been captured before, the answer says so. A search that finds no hold succeeds."""
        ...


class HoldList(Protocol):
    """A payment provider's own list of what it holds."""

    def placed(self, since: datetime, until: datetime, after: str | None = None) -> HoldsPage:
        """A page of the holds that were asked for from `since` to before `until`, in whole seconds, and are open.

        A hold is open if money is held, or its payer may still confirm it. What was asked for no order of anybody's is
        left out. Raises `ProviderUnavailableError`, `ProviderRefusedError`.
        """
        ...
