"""The money adds up after any operations in any order."""

from collections.abc import Callable
from contextlib import suppress

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from running_double import Double

type Step = Callable[[Double, list[str], int], object]


def _hold(double: Double, intents: list[str], amount: int) -> None:
    intents.append(double.hold(50 + amount, metadata={"order_id": str(len(intents) % 2)}).id)


def _capture(double: Double, intents: list[str], amount: int) -> None:
    double.client.v1.payment_intents.capture(intents[amount % len(intents)], {"amount_to_capture": 1 + amount})


def _refund(double: Double, intents: list[str], amount: int) -> None:
    double.client.v1.refunds.create({"payment_intent": intents[amount % len(intents)], "amount": 1 + amount})


def _cancel(double: Double, intents: list[str], amount: int) -> None:
    double.client.v1.payment_intents.cancel(intents[amount % len(intents)])


STEPS: list[Step] = [_hold, _capture, _capture, _refund, _cancel]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 1000)), max_size=12))
def test_totals_balance_and_events_agree_after_anything(double: Double, steps: list[tuple[Step, int]]) -> None:
    double.control("/reset")
    intents: list[str] = []
    for step, amount in [(_hold, 500), *steps]:
        with suppress(stripe.InvalidRequestError):
            step(double, intents, amount)
    totals = double.shown("/totals?key=order_id")
    moved = list(double.client.v1.balance_transactions.list({"limit": 100}).auto_paging_iter())
    assert sum(each.amount for each in moved) == totals["captured_minor"] - totals["refunded_minor"]
    held = [intent.amount_capturable for intent in double.client.v1.payment_intents.list({"limit": 100}).data]
    assert sum(held) == totals["held_minor"]
    for name in ("captured_minor", "refunded_minor", "held_minor"):
        assert sum(order[name] for order in totals["by_metadata"].values()) == totals[name] >= 0
    happened = double.event_types() if len(intents) < 10 else None
    if happened is not None:
        assert happened.count("payment_intent.succeeded") == totals["payment_intents"].get("succeeded", 0)
        assert happened.count("payment_intent.canceled") == totals["payment_intents"].get("canceled", 0)


def test_refused_operations_leave_no_trace(double: Double) -> None:
    held = double.hold()
    before = double.shown("/totals"), double.event_types()
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 99_999})
    assert (double.shown("/totals"), double.event_types()) == before
