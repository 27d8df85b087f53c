from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.payments.errors import OrderConflictError
from rideflow.payments.model import (
    TRANSITIONS,
    Order,
    OrderState,
    hold_amount,
)
from rideflow.pricing.model import FareBreakdown
from tests.market_data import SAN_FRANCISCO

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)


@given(st.integers(0, 1_000_000))
def test_a_hold_covers_the_quote_and_its_margin(quoted_minor: int) -> None:
    margin = SAN_FRANCISCO.terms.hold_margin
    held = hold_amount(quoted_minor, margin)
    assert quoted_minor * margin <= held < quoted_minor * margin + 1


@pytest.mark.parametrize("state", get_args(OrderState))
def test_an_order_may_stay_as_it_is_and_otherwise_only_move_as_the_table_says(state: OrderState) -> None:
    order = captured(500, None, None).model_copy(update={"state": state})
    assert order.moved(state, NOW).state == state
    for to in get_args(OrderState):
        if to in TRANSITIONS[state] | {state}:
            assert order.moved(to, NOW).state == to
        else:
            with pytest.raises(OrderConflictError):
                order.moved(to, NOW)


def test_a_captured_order_is_never_captured_again() -> None:
    for state in ("captured", "settled", "refunded", "cancelled"):
        assert "processing" not in TRANSITIONS[state]


def captured(captured_minor: int, breakdown: FareBreakdown | None, driver_id: UUID | None) -> Order:
    return Order(
        id=UUID(int=1),
        trip_id=UUID(int=2),
        kind="fare",
        rider_id=UUID(int=3),
        driver_id=driver_id,
        state="captured",
        amount_minor=captured_minor,
        held_minor=captured_minor,
        captured_minor=captured_minor,
        currency="USD",
        stripe_customer_id="cus_1",
        payment_method_id="pm_1",
        terms=SAN_FRANCISCO.terms,
        payment_intent_id="pi_1",
        breakdown=breakdown,
        created_at=NOW,
        updated_at=NOW,
    )
