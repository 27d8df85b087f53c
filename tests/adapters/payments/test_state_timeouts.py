"""Every row of the table of timeouts that payments enforces: orders, holds, webhooks, and trips that were not paid."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.payments import on_hold_orphaned
from rideflow.kernel.state_timeouts import STATE_TIMEOUTS, Timeout
from rideflow.payments.orders.overdue import OVERDUE_AFTER
from tests.adapters.payments import test_overdue_orders as overdue
from tests.adapters.payments import test_unhandled_stripe_events as unhandled
from tests.adapters.payments.ride import House
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event
from tests.market_data import SAN_FRANCISCO

HERE = [timeout for timeout in STATE_TIMEOUTS if timeout.by.startswith("payments")]


def _orphaned(house: House, after: timedelta) -> None:
    """Stripe tells of a hold that no order wants: the consumer of the news releases it at once."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settle(trip_id)
    for event in house.stripe.events():
        house.webhook(event)
    house.now += after
    assert house.stripe.totals()["held_minor"] == placed.held_minor > 0

    (told,) = [each for each in house.published.envelopes if each["type"] == "HoldOrphaned"]
    batch = sqs_event(event_of(told["type"], told["source"], told["detail"]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(on_hold_orphaned, "gateway", lambda _: house.gateway)
        assert on_hold_orphaned.app(batch, LambdaContext()) == {"batchItemFailures": []}

    assert house.stripe.totals()["held_minor"] == 0


CASES: dict[tuple[str, str], Callable[[House, timedelta], None]] = {
    ("orders", "pending"): overdue.test_an_order_that_was_opened_after_its_trip_was_settled_is_cancelled,
    ("orders", "held"): overdue.test_a_hold_that_was_recorded_after_its_trip_was_settled_is_released,
    ("orders", "processing"): overdue.test_a_capture_whose_answer_was_lost_is_found_and_booked_once,
    ("orders", "failed"): overdue.test_a_capture_that_stripe_does_not_answer_is_tried_again_every_hour,
    ("orders", "captured"): overdue.test_a_capture_that_no_webhook_confirmed_is_asked_of_stripe_and_settled,
    (
        "holds",
        "wanted",
    ): overdue.test_a_ride_of_an_old_hold_is_overdue_when_it_has_been_over_for_its_time_and_not_when_it_ends,
    (
        "holds",
        "not on record",
    ): overdue.test_a_hold_of_which_neither_the_answer_nor_the_webhook_came_is_looked_for_and_released,
    ("holds", "of no use"): overdue.test_a_hold_that_is_of_no_use_any_more_is_released_and_the_debt_stays,
    ("holds", "orphaned"): _orphaned,
    ("webhooks", "stored"): unhandled.test_a_webhook_whose_news_were_lost_is_handled_after_its_time,
}
"""What happens in a row's state at the time that it is handed, and not a second before."""


@pytest.mark.parametrize("timeout", HERE, ids=lambda timeout: f"{timeout.aggregate}-{timeout.state}")
def test_a_state_that_lasts_too_long_is_ended_at_its_time(house: House, timeout: Timeout) -> None:
    assert timeout.after is not None
    CASES[timeout.aggregate, timeout.state](house, timeout.after)


def test_the_times_are_those_of_the_code_and_of_the_first_city() -> None:
    orders = {
        timeout.state: timeout.after for timeout in STATE_TIMEOUTS if timeout.aggregate == "orders" and timeout.after
    }
    holds = {timeout.state: timeout.after for timeout in STATE_TIMEOUTS if timeout.aggregate == "holds"}

    assert {**orders, "cancelled": holds["not on record"]} == OVERDUE_AFTER
    assert holds["of no use"] == timedelta(seconds=SAN_FRANCISCO.terms.hold_lasts_s)
