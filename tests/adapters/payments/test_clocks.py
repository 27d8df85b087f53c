"""Every row of the table of clocks that belongs to payments: orders, holds, webhooks, trips with a failed payment."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.payments import on_hold_orphaned
from rideflow.kernel.clocks import CLOCKS, Clock
from rideflow.payments.overdue import OVERDUE_AFTER
from tests.adapters.payments import test_overdue, test_unhandled
from tests.adapters.payments.ride import House
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event
from tests.market_data import SAN_FRANCISCO

HERE = [clock for clock in CLOCKS if clock.by.startswith("payments")]


def _orphaned(house: House, after: timedelta) -> None:
    """Stripe reports a hold without an order: the consumer of the event releases it at once."""
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
        patched.setattr(on_hold_orphaned, "gateway", lambda: house.gateway)
        assert on_hold_orphaned.app(batch, LambdaContext()) == {"batchItemFailures": []}

    assert house.stripe.totals()["held_minor"] == 0


DEEDS: dict[tuple[str, str], Callable[[House, timedelta], None]] = {
    ("trips", "payment_failed"): test_overdue.test_a_payment_that_failed_is_tried_again_every_hour,
    ("orders", "pending"): test_overdue.test_an_order_that_was_opened_after_its_trip_was_settled_is_cancelled,
    ("orders", "held"): test_overdue.test_a_hold_that_was_recorded_after_its_trip_was_settled_is_released,
    ("orders", "processing"): test_overdue.test_a_capture_whose_answer_was_lost_is_found_and_booked_once,
    ("orders", "failed"): test_overdue.test_a_payment_that_failed_is_tried_again_every_hour,
    ("orders", "captured"): test_overdue.test_a_capture_that_no_webhook_confirmed_is_asked_of_stripe_and_settled,
    (
        "holds",
        "wanted",
    ): test_overdue.test_a_ride_of_an_old_hold_is_overdue_when_it_has_been_over_for_its_time_and_not_when_it_ends,
    (
        "holds",
        "not on record",
    ): test_overdue.test_a_hold_of_which_neither_the_answer_nor_the_webhook_came_is_looked_for_and_released,
    ("holds", "of no use"): test_overdue.test_a_hold_that_is_of_no_use_any_more_is_released_and_the_debt_stays,
    ("holds", "orphaned"): _orphaned,
    ("webhooks", "stored"): test_unhandled.test_a_webhook_whose_news_were_lost_is_handled_after_its_time,
}
"""The check for each state: the action happens at the given time, and not a second before."""


@pytest.mark.parametrize("clock", HERE, ids=lambda clock: f"{clock.aggregate}-{clock.state}")
def test_a_state_that_lasts_too_long_is_ended_at_its_time(house: House, clock: Clock) -> None:
    assert clock.after is not None
    DEEDS[clock.aggregate, clock.state](house, clock.after)


def test_the_times_are_those_of_the_code_and_of_the_first_city() -> None:
    orders = {clock.state: clock.after for clock in CLOCKS if clock.aggregate == "orders" and clock.after}
    holds = {clock.state: clock.after for clock in CLOCKS if clock.aggregate == "holds"}

    assert {**orders, "cancelled": holds["not on record"]} == OVERDUE_AFTER
    assert holds["of no use"] == timedelta(seconds=SAN_FRANCISCO.terms.hold_lasts_s)
