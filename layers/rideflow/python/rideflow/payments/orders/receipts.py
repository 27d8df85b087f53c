"""Receipts, as rider, driver and operators see them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from pydantic import Field

from rideflow.kernel.access import Caller
from rideflow.kernel.model import View
from rideflow.kernel.money import AmountMinor, Currency
from rideflow.payments.errors import ReceiptNotFoundError
from rideflow.payments.orders.kinds import OrderKind
from rideflow.payments.orders.model import Card
from rideflow.pricing.model import FareBreakdown, FareReasons
from rideflow.trips.history import READ_ANY

if TYPE_CHECKING:
    from rideflow.payments.orders.store import PostgresOrders


class ReceiptView(View):
    """The receipt of a trip: the amount paid, its breakdown, and the reasons. Only the rider sees the card."""

    order_id: UUID
    trip_id: UUID
    kind: OrderKind
    breakdown: FareBreakdown
    reasons: FareReasons | None = Field(None, description="Why a ride costs what it does; null for a cancellation fee")
    amount_minor: AmountMinor
    carried_minor: Annotated[
        AmountMinor,
        Field(description="Earlier amounts, each too small for a charge, that were charged with this one"),
    ]
    charged_minor: Annotated[
        AmountMinor, Field(description="What the card was charged; 0 if the amount is charged with the next ride")
    ]
    currency: Currency
    card: Card | None
    terms_version: Annotated[
        str, Field(description="The market's terms when the ride was ordered", examples=["terms-3f9a1c2e"])
    ]
    issued_at: datetime


class Receipts:
    """Shows receipts to the people of the trip and to operators."""

    def __init__(self, orders: PostgresOrders) -> None:
        self._orders = orders

    def of_trip(self, trip_id: UUID, caller: Caller) -> ReceiptView:
        """Raises `ReceiptNotFoundError`, also for a trip that the caller takes no part in."""
        receipt = self._orders.receipt(trip_id)
        is_operator = READ_ANY in caller.permissions
        if receipt is None or not (is_operator or caller.id in (receipt.rider_id, receipt.driver_id)):
            raise ReceiptNotFoundError("There is no receipt for this trip.")
        view = ReceiptView.model_validate(receipt)
        return view.model_copy(update={"card": receipt.card if caller.id == receipt.rider_id else None})
