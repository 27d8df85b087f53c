"""Payment orders with their states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal
from uuid import UUID

from rideflow.kernel.model import View
from rideflow.markets.terms import FrozenTerms
from rideflow.payments.errors import OrderConflictError
from rideflow.payments.orders.kinds import OrderKind
from rideflow.payments.providers.minimums import least_charge_minor
from rideflow.payments.providers.names import Provider
from rideflow.pricing.model import FareBreakdown, FareReasons, Route

OrderState = Literal[
    "pending", "held", "processing", "captured", "carried", "settled", "refunded", "failed", "cancelled"
]

PayerKind = Literal["rider"]
"""The kinds of payers, which are kinds of owners of accounts in the ledger."""

TRANSITIONS: Mapping[OrderState, frozenset[OrderState]] = {
    "pending": frozenset({"held", "cancelled"}),  # the hold is being placed
    "held": frozenset({"processing", "cancelled"}),  # the money is reserved, the trip goes on
    "processing": frozenset({"captured", "carried", "failed"}),  # the amount is decided and being captured
    "captured": frozenset({"settled", "refunded"}),  # booked in the ledger
    "carried": frozenset({"settled"}),  # too little to capture: it waits for the rider's next ride
    "settled": frozenset({"refunded"}),  # and confirmed by Stripe's own webhook
    "failed": frozenset({"processing", "captured", "cancelled"}),  # retried or released; it may prove captured
    "refunded": frozenset(),
    "cancelled": frozenset(),
}
"""The transitions of an order. Staying in a state is always allowed: steps are repeated."""

PLACED_WITHIN = timedelta(minutes=10)
"""The match saga asks for a hold for about seven minutes: after this time, one that is not on record is lost."""

CONFIRMED_WITHIN = timedelta(hours=1)
"""Stripe's webhook confirms a capture within seconds. After an hour without it Stripe is asked."""


class Card(View):
    """The parts of a card that a receipt may show."""

    brand: str
    last4: str


class Order(View):
    """An amount that a trip moves, and its payer. `number` counts the orders of its kind within the trip.

    `held_minor` is the hold at the provider, which `captured_minor` never exceeds. `credit_minor` is the part of the
    amount that the payer's credit has paid. `of_order_id` is the order that this one changes, such as by a refund.

    `carried_minor` are amounts of earlier orders of the payer that are captured with this one, since each was too
    small; their `carried_to` names it.

    `hold_order_id` is the order that reserved the hold in the ledger, once it is on record: a cancellation fee takes
    over the hold of the fare's order, which then has none. `least_minor` is more than the provider refused as too
    small, in spite of the table. `retry_at` is when the settlement that waits after a failed attempt tries again.

    `terms` are the terms of the trip's market when the fare's order was opened, with the name of their version. A later
    deploy may have changed or removed the market. Which rates a fare was calculated by is in its `reasons`.
    """

    id: UUID
    trip_id: UUID
    kind: OrderKind
    number: int = 1
    payer_kind: PayerKind = "rider"
    payer_id: UUID
    rider_id: UUID
    driver_id: UUID | None = None
    state: OrderState
    amount_minor: int
    held_minor: int = 0
    captured_minor: int = 0
    carried_minor: int = 0
    carried_to: UUID | None = None
    credit_minor: int = 0
    of_order_id: UUID | None = None
    currency: str
    provider: Provider
    customer_ref: str
    method_ref: str
    terms: FrozenTerms
    provider_ref: str | None = None
    hold_order_id: UUID | None = None
    least_minor: int = 0
    breakdown: FareBreakdown | None = None
    reasons: FareReasons | None = None
    attempts: int = 0
    declines: int = 0
    last_error: str | None = None
    retry_at: datetime | None = None
    confirmed_at: datetime | None = None
    driven_distance_m: int | None = None
    driven_duration_s: int | None = None
    hold_looked_for_at: datetime | None = None
    given_up_at: datetime | None = None
    capture_before: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def moved(self, to: OrderState, at: datetime, **changes: Any) -> Order:
        """The order in its next state. Raises `OrderConflictError` for a transition that the table does not have."""
        if to != self.state and to not in TRANSITIONS[self.state]:
            raise OrderConflictError(f"The order is {self.state}; it cannot become {to}.", state=self.state)
        retry_at = self.retry_at if to == "failed" else None
        return self.model_copy(update={"retry_at": retry_at, **changes, "state": to, "updated_at": at})

    @property
    def driven(self) -> Route | None:
        if self.driven_distance_m is None or self.driven_duration_s is None:
            return None
        return Route(distance_m=self.driven_distance_m, duration_s=self.driven_duration_s)

    @property
    def may_have_lost_its_hold(self) -> bool:
        """Whether Stripe may have a hold for the order that is not on record, and has not been searched for it yet."""
        return self.state == "cancelled" and self.provider_ref is None and self.hold_looked_for_at is None

    @property
    def due_minor(self) -> int:
        """What is to be captured: the amount, and what earlier orders carried to it, less what credit has paid."""
        return self.amount_minor + self.carried_minor - self.credit_minor

    @property
    def is_below_the_least(self) -> bool:
        """Whether the provider takes no charge as small as what is due."""
        return 0 < self.due_minor < max(self.least_minor, least_charge_minor(self.provider, self.currency))

    @property
    def hold_ends_at(self) -> datetime:
        """When the hold is over: by its provider's word, else `hold_lasts_s` after the fare's order was opened."""
        return self.capture_before or self.created_at + timedelta(seconds=self.terms.hold_lasts_s)

    @property
    def is_captured(self) -> bool:
        return self.state in ("captured", "settled", "refunded")

    @property
    def hold_key(self) -> str:
        return f"hold-{self.id}"

    @property
    def capture_key(self) -> str:
        """A new key for each attempt: Stripe repeats its first response to a key, also if that was a refusal."""
        return f"capture-{self.id}-{self.attempts}"


def hold_amount(quoted_minor: int, margin: Decimal, least_minor: int = 0) -> int:
    """The hold for a quote: the quoted amount times `margin` for a longer ride, rounded up to a minor unit.

    A provider holds no less than `least_minor`.
    """
    return max(least_minor, int((quoted_minor * margin).quantize(Decimal(1), rounding=ROUND_CEILING)))
