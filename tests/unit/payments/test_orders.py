from datetime import UTC, datetime
from decimal import Decimal
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
    driver_payable,
    entries_of,
    hold_amount,
)
from rideflow.pricing.model import FareBreakdown, LineKind
from tests.market_data import SAN_FRANCISCO

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
DRIVER = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a02")
SHARE = Decimal("0.80")

lines: st.SearchStrategy[dict[LineKind, int]] = st.fixed_dictionaries(
    {kind: st.integers(0, 20_000) for kind in ("base", "distance", "time", "surge", "tolls", "fees", "tax", "tip")}
)


@given(lines, st.integers(0, 5_000), st.booleans(), st.decimals(0, 1, places=4))
def test_the_entries_of_a_capture_sum_to_zero_and_none_is_zero(
    amounts: dict[LineKind, int], discount_minor: int, driven: bool, share: Decimal
) -> None:
    total = sum(amounts.values())
    breakdown = FareBreakdown.of("USD", {**amounts, "discount": -min(discount_minor, total)})
    order = captured(breakdown.total_minor, breakdown, DRIVER if driven else None)
    entries = entries_of(order, share)
    assert sum(entry.amount_minor for entry in entries) == 0
    assert all(entry.amount_minor for entry in entries)
    assert len({entry.account for entry in entries}) == len(entries)


@given(lines, st.integers(1, 100_000))
def test_the_amount_that_stripe_captured_is_booked_even_if_another_was_asked_for(
    amounts: dict[LineKind, int], captured_minor: int
) -> None:
    entries = entries_of(captured(captured_minor, FareBreakdown.of("USD", amounts), DRIVER), SHARE)
    assert {entry.account: entry.amount_minor for entry in entries}["stripe_clearing"] == captured_minor
    assert sum(entry.amount_minor for entry in entries) == 0


def test_the_driver_gets_four_fifths_of_the_fare_and_all_of_tolls_and_tip() -> None:
    breakdown = FareBreakdown.of("USD", {"base": 1_000, "tolls": 700, "tip": 200, "tax": 90})
    entries = {e.account: e.amount_minor for e in entries_of(captured(1_990, breakdown, DRIVER), SHARE)}
    assert entries == {
        "stripe_clearing": 1_990,
        "tax_payable": -90,
        "platform_revenue": -200,
        driver_payable(DRIVER): -1_700,
    }


def test_a_fee_for_a_trip_without_a_driver_is_the_platforms() -> None:
    entries = {e.account: e.amount_minor for e in entries_of(captured(500, None, None), SHARE)}
    assert entries == {"stripe_clearing": 500, "platform_revenue": -500}


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
