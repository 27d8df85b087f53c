"""PA2: an order that no saga moves any more is settled again, and no hold outlives its trip."""

from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.outbox import Outbox
from rideflow.payments.overdue import OVERDUE_AFTER, OverdueOrders
from rideflow.payments.store import PostgresOrders
from tests.adapters.payments.ride import House

SECOND = timedelta(seconds=1)


def asked_for(house: House) -> list[UUID]:
    """Trips that the sweep asks to settle again, now."""
    database, before = house.hand.database, len(house.published.envelopes)
    sweeper = OverdueOrders(PostgresOrders(database), Outbox(database, house.published), house.clock)
    told = sweeper.sweep()["settlements_asked_for"]
    news = house.published.envelopes[before:]
    assert [event["type"] for event in news] == ["SettlementOverdue"] * told
    return [UUID(event["detail"]["trip_id"]) for event in news]


def swept_after(house: House, trip_id: UUID, state: str) -> str:
    """The sweep finds the trip's order at its time and not before; what the settlement then did."""
    assert house.order(trip_id)["state"] == state
    after = OVERDUE_AFTER[state]  # type: ignore[index]
    house.later(seconds=after.total_seconds() - 1)
    assert asked_for(house) == []
    house.later(seconds=2)
    assert asked_for(house) == [trip_id]
    return house.settle(trip_id)


def opened_late(house: House) -> UUID:
    """The match saga read the trip before it ended, and opened the order after its settlement."""
    trip_id = house.requested()
    house.prepared(trip_id)
    house.rows("create table kept as select * from payment_orders")
    house.rows("delete from payment_orders")
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    assert house.settle(trip_id) == "nothing"
    house.rows("insert into payment_orders select * from kept")
    return trip_id


def test_an_order_that_was_opened_after_its_trip_was_settled_is_cancelled(house: House) -> None:
    trip_id = opened_late(house)

    assert swept_after(house, trip_id, "pending") == "nothing"
    assert house.order(trip_id)["state"] == "cancelled"
    assert asked_for(house) == []


def test_a_hold_that_was_recorded_after_its_trip_was_settled_is_released(house: House) -> None:
    trip_id = opened_late(house)
    order = house.order(trip_id)
    placed = house.placed(house.prepared_again(order))
    house.rows(
        "update payment_orders set state = 'held', payment_intent_id = %(intent)s, held_minor = %(minor)s",
        intent=placed.payment_intent_id,
        minor=placed.held_minor,
    )

    assert swept_after(house, trip_id, "held") == "release"
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.stripe.totals()["held_minor"] == 0


def test_a_capture_whose_answer_was_lost_is_found_and_booked_once(house: House) -> None:
    trip_id = house.completed()
    house.capture(house.settlement(trip_id))

    assert swept_after(house, trip_id, "processing") == "capture"
    assert house.state(trip_id) == "paid"
    assert house.stripe.totals()["captured_minor"] == house.order(trip_id)["captured_minor"] > 0
    assert sum(house.ledger(trip_id).values()) == 0


def failed(house: House) -> UUID:
    trip_id = house.completed()
    for _ in range(3):
        house.refused(house.settlement(trip_id), "StripeUnavailableError")
    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("payment_failed", "failed")
    return trip_id


def test_a_payment_that_failed_is_tried_again_every_hour(house: House) -> None:
    trip_id = failed(house)

    for _ in range(3):
        house.later(hours=1, seconds=1)
        assert asked_for(house) == [trip_id]
        house.refused(house.settlement(trip_id), "StripeUnavailableError")
        assert asked_for(house) == []
    assert swept_after(house, trip_id, "failed") == "capture"
    assert house.state(trip_id) == "paid"


def test_a_hold_that_is_of_no_use_any_more_is_released_and_the_debt_stays(house: House) -> None:
    trip_id = failed(house)
    house.later(days=4)

    assert asked_for(house) == [trip_id]
    assert house.settle(trip_id) == "release"

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("payment_failed", "cancelled")
    totals = house.stripe.totals()
    assert (totals["held_minor"], totals["captured_minor"]) == (0, 0)
    assert asked_for(house) == []


def test_a_capture_that_no_webhook_confirmed_is_asked_of_stripe_and_settled(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    taken = house.stripe.totals()["captured_minor"]

    assert swept_after(house, trip_id, "captured") == "capture"

    assert house.order(trip_id)["state"] == "settled"
    assert house.stripe.totals()["captured_minor"] == taken
    assert house.rows("select count(*) from receipts") == [{"count": 1}]


@pytest.mark.parametrize("days", [0, 9])
def test_orders_of_trips_that_go_on_are_left_alone(house: House, days: int) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.later(days=days)

    assert asked_for(house) == []
    assert house.order(trip_id)["state"] == "held"
