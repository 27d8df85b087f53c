"""Captures that no order asks for any more, made by hand at the provider's dashboard: the amount is the payer's."""

from __future__ import annotations

from uuid import UUID

from rideflow.ledger.store import PostgresLedger
from rideflow.payments.orders.bookings import dues
from rideflow.payments.sagas.settlement import RecordRelease
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_books import checked, steps
from tests.adapters.payments.test_webhooks import deliver
from tests.waiting import held

BY_HAND = 500


def taken_by_hand(house: House, waited_minutes: int) -> UUID:
    """A trip that its rider cancelled after some minutes, and whose hold was captured by hand."""
    trip_id = house.requested()
    hold = house.hold(trip_id)
    house.matched(trip_id)
    house.later(minutes=waited_minutes)
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    by_hand = house.stripe.ours.client().v1.payment_intents
    by_hand.capture(hold.provider_ref, {"amount_to_capture": BY_HAND})
    return trip_id


def owed_by(house: House, trip_id: UUID) -> int:
    rider_id = house.hand.trips.get(trip_id).rider_id
    return PostgresLedger(house.hand.database).balance(dues(rider_id, "USD")).posted_minor


def closed(house: House, trip_id: UUID, captured_minor: int) -> None:
    order_id = house.order(trip_id)["id"]
    house.hand.settlement.record_release(RecordRelease(order_id=order_id, captured_minor=captured_minor))


def test_what_was_taken_for_a_cancelled_order_is_owed_to_the_rider(house: House) -> None:
    """A release that was asked for twice is recorded twice: the first was told nothing of the capture."""
    trip_id = taken_by_hand(house, waited_minutes=0)
    closed(house, trip_id, captured_minor=0)

    deliver(house, "payment_intent.succeeded")
    closed(house, trip_id, captured_minor=BY_HAND)

    assert house.order(trip_id)["state"] == "cancelled"
    assert owed_by(house, trip_id) == -BY_HAND
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_what_was_taken_for_an_order_that_was_cancelled_before_its_hold_came_is_reserved_no_more(house: House) -> None:
    """The saga recorded the hold, and died before it released it."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settle(trip_id)
    assert house.hand.authorization.record(placed).outcome == "ended"
    by_hand = house.stripe.ours.client().v1.payment_intents
    by_hand.capture(placed.provider_ref, {"amount_to_capture": BY_HAND})

    deliver(house, "payment_intent.succeeded")
    closed(house, trip_id, captured_minor=BY_HAND)

    assert owed_by(house, trip_id) == -BY_HAND
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_a_fee_that_was_taken_from_the_fares_hold_is_booked_once(house: House) -> None:
    trip_id = taken_by_hand(house, waited_minutes=3)
    house.settle(trip_id)
    assert house.order(trip_id, "cancellation_fee")["captured_minor"] == BY_HAND

    closed(house, trip_id, captured_minor=BY_HAND)
    deliver(house, "payment_intent.succeeded")

    assert owed_by(house, trip_id) == 0
    assert house.ledger(trip_id)["taken"] == BY_HAND


def test_what_was_taken_from_another_hold_leaves_that_of_the_order_reserved(house: House) -> None:
    """It is told to a person: the order's own hold has an end of its own, and its own journal of a capture."""
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    placed = house.placed(prepared)
    other = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settle(trip_id)
    assert house.hand.authorization.record(placed).outcome == "ended"
    by_hand = house.stripe.ours.client().v1.payment_intents
    by_hand.capture(other.provider_ref, {"amount_to_capture": BY_HAND})

    deliver(house, "payment_intent.succeeded")

    assert (steps(house, trip_id), owed_by(house, trip_id)) == ({"hold": "pending"}, 0)


def test_a_late_record_of_a_fees_capture_waits_with_no_lock_that_others_take_after_the_fares(house: House) -> None:
    """Otherwise it has the fee's order and wants the fare's, and the other one has the fare's and wants the fee's."""
    trip_id = taken_by_hand(house, waited_minutes=3)
    house.settlement(trip_id)
    fee_id = house.order(trip_id, "cancellation_fee")["id"]
    house.rows("update payment_orders set state = 'cancelled' where id = %(id)s returning id", id=fee_id)
    late = RecordRelease(order_id=fee_id, captured_minor=BY_HAND)

    with held(house.database_url, house.another_hand().database) as other:
        other.rows("select from payment_orders where trip_id = %s and kind = 'fare' for update", trip_id)
        recorded = other.lets_wait(lambda: house.hand.settlement.record_release(late))
        locked = other.rows("select id from payment_orders where id = %s for update nowait", fee_id)

    recorded.result()
    assert [row["id"] for row in locked] == [fee_id]
    assert owed_by(house, trip_id) == -BY_HAND
