"""A call that waited for a lock decides on the state after the wait, not before it."""

from contextlib import AbstractContextManager
from functools import partial
from uuid import UUID

import pytest

from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.sagas.authorization import PrepareHold
from rideflow.payments.sagas.settlement import PrepareSettlement
from rideflow.trips.cancellation import CARD_DECLINED
from tests.adapters.payments.ride import Hand, House
from tests.waiting import Held, held

pytestmark = pytest.mark.race


@pytest.fixture
def other(house: House) -> Hand:
    return house.another_hand()


def meanwhile(house: House, other: Hand) -> AbstractContextManager[Held]:
    """Changes of the other connection inside the block are committed at its end."""
    return held(house.database_url, other.database)


def cancelled_late(house: House) -> UUID:
    """A trip whose rider owes a fee."""
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    house.later(minutes=3)
    trip = house.hand.trips.get(trip_id)
    assert house.hand.trips.cancel(trip.rider_id, trip_id, None).cancellation_fee_minor > 0
    return trip_id


def test_of_two_settlements_of_a_fee_the_second_captures_the_fee_that_the_first_has_opened(
    house: House, other: Hand
) -> None:
    trip_id = cancelled_late(house)

    with meanwhile(house, other) as first:
        prepared = other.settlement.prepare(PrepareSettlement(trip_id=trip_id))
        second = first.lets_wait(partial(house.settlement, trip_id))

    assert (prepared.action, second.result()) == ("capture", prepared)
    assert house.hand.trips.get(trip_id).settled_at is None
    assert house.order(trip_id, "cancellation_fee")["state"] == "processing"


def test_a_hold_is_not_prepared_for_a_trip_that_is_being_cancelled(house: House, other: Hand) -> None:
    """Otherwise its settlement, which finds no order, may end before the order is opened."""
    trip_id = house.requested()

    with meanwhile(house, other) as cancelling:
        other.trips.cancel(other.trips.get(trip_id).rider_id, trip_id, None)
        preparing = cancelling.lets_wait(partial(house.prepared, trip_id))

    assert preparing.result().outcome == "ended"
    assert house.rows("select id from payment_orders") == []


def test_a_trip_is_cancelled_once_the_hold_that_is_being_prepared_is_there_to_be_cancelled_too(
    house: House, other: Hand
) -> None:
    trip_id = house.requested()
    rider_id = house.hand.trips.get(trip_id).rider_id

    with meanwhile(house, other) as preparing:
        assert other.authorization.prepare(PrepareHold(trip_id=trip_id)).outcome == "place"
        cancelling = preparing.lets_wait(partial(house.hand.trips.cancel, rider_id, trip_id, None))
    cancelling.result()

    assert house.settle(trip_id) == "nothing"
    assert house.order(trip_id)["state"] == "cancelled"


@pytest.mark.parametrize("end", ["recorded", "rejected"])
def test_a_repeat_of_a_hold_s_first_step_holds_no_trip_while_it_waits_for_the_last(
    house: House, other: Hand, end: str
) -> None:
    """The last step changes the order and then the trip: both steps would wait for each other."""
    trip_id = house.requested()
    house.prepared(trip_id)

    with meanwhile(house, other) as last:
        last.rows("update payment_orders set updated_at = now() where trip_id = %s", trip_id)
        repeated = last.lets_wait(partial(house.prepared, trip_id))
        if end == "recorded":
            other.trips.begin_matching(trip_id)
        else:
            other.trips.reject_payment(trip_id, CARD_DECLINED)

    assert repeated.result().outcome == "place"
    assert house.state(trip_id) == {"recorded": "matching", "rejected": "cancelled"}[end]
    assert len(house.rows("select id from payment_orders")) == 1


@pytest.mark.parametrize("by", ["trip", "intent"])
def test_everybody_locks_the_fare_before_the_fee_so_that_nobody_waits_in_a_circle(
    house: House, other: Hand, by: str
) -> None:
    trip_id = cancelled_late(house)
    house.settlement(trip_id)
    orders, intent = PostgresOrders(house.hand.database), house.order(trip_id)["provider_ref"]
    read = partial(orders.of_trip, trip_id) if by == "trip" else partial(orders.of_hold, "stripe", intent)

    with meanwhile(house, other) as holding:
        holding.rows("select id from payment_orders where trip_id = %s and kind = 'fare' for update", trip_id)
        reading = holding.lets_wait(read)
        fee = "select id from payment_orders where trip_id = %s and kind = 'cancellation_fee' for update nowait"
        assert len(holding.rows(fee, trip_id)) == 1

    assert [order.kind for order in reading.result()] == ["fare", "cancellation_fee"]
