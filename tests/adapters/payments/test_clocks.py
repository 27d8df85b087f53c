"""Every row of the table of clocks that is payments': orders, holds, and trips whose payment failed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rideflow.kernel.clocks import CLOCKS, Clock
from rideflow.payments.overdue import OVERDUE_AFTER
from rideflow.payments.terms import terms_of
from tests.adapters.payments import test_overdue
from tests.adapters.payments.ride import House

HERE = [clock for clock in CLOCKS if clock.by.startswith("payments")]


def _orphaned(house: House) -> None:
    """Stripe tells of a hold that no order wants: the consumer of the news releases it."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settle(trip_id)
    for event in house.stripe.events():
        house.webhook(event)
    (told,) = [each for each in house.published.envelopes if each["type"] == "HoldOrphaned"]
    assert told["detail"]["payment_intent_id"] == placed.payment_intent_id


DEEDS: dict[tuple[str, str], Callable[[House], None]] = {
    ("trips", "payment_failed"): test_overdue.test_a_payment_that_failed_is_tried_again_every_hour,
    ("orders", "pending"): test_overdue.test_an_order_that_was_opened_after_its_trip_was_settled_is_cancelled,
    ("orders", "held"): test_overdue.test_a_hold_that_was_recorded_after_its_trip_was_settled_is_released,
    ("orders", "processing"): test_overdue.test_a_capture_whose_answer_was_lost_is_found_and_booked_once,
    ("orders", "failed"): test_overdue.test_a_payment_that_failed_is_tried_again_every_hour,
    ("orders", "captured"): test_overdue.test_a_capture_that_no_webhook_confirmed_is_asked_of_stripe_and_settled,
    ("holds", "wanted"): test_overdue.test_a_hold_that_was_recorded_after_its_trip_was_settled_is_released,
    ("holds", "of no use"): test_overdue.test_a_hold_that_is_of_no_use_any_more_is_released_and_the_debt_stays,
    ("holds", "orphaned"): _orphaned,
}


@pytest.mark.parametrize("clock", HERE, ids=lambda clock: f"{clock.aggregate}-{clock.state}")
def test_what_stays_too_long_is_dealt_with(house: House, clock: Clock) -> None:
    DEEDS[clock.aggregate, clock.state](house)


def test_the_times_are_those_of_the_code_and_of_the_first_city() -> None:
    orders = {clock.state: clock.after for clock in CLOCKS if clock.aggregate == "orders" and clock.after}
    of_no_use = next(clock for clock in HERE if clock.state == "of no use")

    assert orders == OVERDUE_AFTER
    assert of_no_use.after == timedelta(seconds=terms_of("san_francisco").hold_lasts_s)
