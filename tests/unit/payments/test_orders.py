from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.payments.errors import OrderConflictError
from rideflow.payments.orders.model import TRANSITIONS, OrderState, hold_amount
from tests.market_data import SAN_FRANCISCO
from tests.unit.payments.orders import NOW, an_order


@given(st.integers(0, 1_000_000))
def test_a_hold_covers_the_quote_and_its_margin(quoted_minor: int) -> None:
    margin = SAN_FRANCISCO.terms.hold_margin
    held = hold_amount(quoted_minor, margin)
    assert quoted_minor * margin <= held < quoted_minor * margin + 1


@pytest.mark.parametrize("state", get_args(OrderState))
def test_an_order_may_stay_as_it_is_and_otherwise_only_move_as_the_table_says(state: OrderState) -> None:
    order = an_order(None, state=state)
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
