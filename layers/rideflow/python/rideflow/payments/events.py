"""Events that payments publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.payments.orders.model import Order
from rideflow.payments.providers.names import Provider
from rideflow.payments.providers.port import UncapturedHold


class PaymentEvent(DomainEvent):
    """Base of the events of an order."""

    context: ClassVar[str] = "payments"

    trip_id: UUID
    order_id: UUID
    kind: str
    rider_id: UUID
    driver_id: UUID | None
    amount_minor: int
    currency: str

    @classmethod
    def of(cls, order: Order, amount_minor: int, at: datetime) -> Self:
        """The event of what just happened to the order."""
        return cls(
            at=at,
            trip_id=order.trip_id,
            order_id=order.id,
            kind=order.kind,
            rider_id=order.rider_id,
            driver_id=order.driver_id,
            amount_minor=amount_minor,
            currency=order.currency,
        )


class PaymentHeld(PaymentEvent):
    """Money is reserved on the rider's card."""


class PaymentCaptured(PaymentEvent):
    """The money was taken and booked."""


class PaymentCarried(PaymentEvent):
    """The amount is less than the provider takes: it is charged with the rider's next ride."""


class PaymentFailed(PaymentEvent):
    """The money could not be taken; the rider owes it."""


class HoldReleased(PaymentEvent):
    """The reserved money is the rider's again."""


class HoldOrphaned(DomainEvent):
    """A provider holds money that no order wants, such as after a saga that died. It must be released."""

    context: ClassVar[str] = "payments"

    trip_id: UUID
    provider: Provider
    provider_ref: str

    @classmethod
    def of(cls, order: Order, provider_ref: str, at: datetime) -> Self:
        """The order's trip has no need of this hold, at the order's provider."""
        return cls(at=at, trip_id=order.trip_id, provider=order.provider, provider_ref=provider_ref)


class HoldFound(DomainEvent):
    """The provider has had a hold for long: it is to be compared with its order."""

    context: ClassVar[str] = "payments"

    provider: Provider
    provider_ref: str
    order_id: UUID

    @classmethod
    def of(cls, hold: UncapturedHold, at: datetime) -> Self:
        return cls(at=at, provider=hold.provider, provider_ref=hold.provider_ref, order_id=hold.order_id)


class SettlementOverdue(DomainEvent):
    """An order of a trip that is over has stayed in its state for too long: the trip is to be settled again."""

    context: ClassVar[str] = "payments"

    trip_id: UUID


class StripeEventReceived(DomainEvent):
    """A webhook of Stripe was verified and stored. `object` is the summary of its Stripe object: ids alone."""

    context: ClassVar[str] = "payments"

    stripe_event_id: str
    stripe_type: str
    object: dict[str, Any]
