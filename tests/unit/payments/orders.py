"""An order whose ride was driven and paid."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rideflow.payments.orders.model import Order
from rideflow.pricing.model import FareBreakdown
from tests.market_data import SAN_FRANCISCO

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
RIDER = UUID("0f9f6f0e-9d5e-4f3a-8a55-0d8d3b6b1c01")
DRIVER = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a02")


def an_order(breakdown: FareBreakdown | None, **changes: Any) -> Order:
    total = 500 if breakdown is None else breakdown.total_minor
    order = Order(
        id=UUID(int=1),
        trip_id=UUID(int=2),
        kind="fare",
        payer_id=RIDER,
        rider_id=RIDER,
        driver_id=DRIVER,
        state="captured",
        amount_minor=total,
        held_minor=total,
        captured_minor=total,
        currency="USD",
        provider="stripe",
        customer_ref="cus_1",
        method_ref="pm_1",
        terms=SAN_FRANCISCO.terms.frozen,
        provider_ref="pi_1",
        hold_order_id=UUID(int=1),
        breakdown=breakdown,
        created_at=NOW,
        updated_at=NOW,
    )
    return order.model_copy(update=changes)
