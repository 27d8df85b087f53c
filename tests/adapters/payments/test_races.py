"""Two calls that move the same money at the same time, in every order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.providers.port import ReleaseRequest
from rideflow.payments.sagas.authorization import PrepareHold, RejectHold
from rideflow.payments.sagas.settlement import PrepareSettlement, RecordRelease
from tests.adapters.payments.ride import Hand, House
from tests.adapters.payments.test_guards import cancelled_late
from tests.waiting import held

pytestmark = pytest.mark.race


def test_a_trip_cancelled_before_its_hold_is_prepared_has_no_order(house: House) -> None:
    trip_id = house.requested()
    cancel(house, trip_id)
    assert house.prepared(trip_id).outcome == "ended"
    assert house.settle(trip_id) == "nothing"
    assert house.rows("select * from payment_orders") == []


def test_a_trip_cancelled_while_stripe_places_the_hold_gets_it_back(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    cancel(house, trip_id)
    recorded = house.hand.authorization.record(placed)
    assert recorded.outcome == "ended"
    release(house, recorded.model_dump())
    assert house.settle(trip_id) == "nothing"
    assert_all_given_back(house, trip_id)


def test_a_trip_cancelled_and_settled_while_stripe_places_the_hold_gets_it_back(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    cancel(house, trip_id)
    assert house.settle(trip_id) == "nothing"
    recorded = house.hand.authorization.record(placed)
    assert recorded.outcome == "ended"
    release(house, recorded.model_dump())
    assert_all_given_back(house, trip_id)


def test_a_trip_cancelled_right_after_its_hold_was_recorded_gets_it_back(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.authorization.record(placed)
    cancel(house, trip_id)
    assert house.hand.authorization.record(placed).outcome == "ended"  # the step was repeated
    assert house.settle(trip_id) == "release"
    assert_all_given_back(house, trip_id)


def test_a_hold_whose_saga_died_is_found_by_stripes_webhook_and_released(house: House) -> None:
    trip_id = house.requested()
    house.placed(house.prepared(trip_id))
    cancel(house, trip_id)
    house.settle(trip_id)
    for event in house.stripe.events():
        house.webhook(event)
    orphaned = [envelope for envelope in house.published.envelopes if envelope["type"] == "HoldOrphaned"]
    assert [envelope["detail"]["provider_ref"] for envelope in orphaned] == [house.stripe.intents()[0].id]


def test_a_hold_that_came_after_its_rejection_is_released_even_if_the_webhook_came_first(house: House) -> None:
    trip_id = house.requested()
    house.placed(house.prepared(trip_id))  # and the answer was lost
    for event in house.stripe.events():
        house.webhook(event)
    assert "HoldOrphaned" not in house.published.types()
    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="ProviderUnavailableError"))
    assert house.published.types().count("HoldOrphaned") == 1


def test_a_hold_that_could_not_be_recorded_is_given_back_and_the_trip_left_to_the_sweeper(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    release(house, {**placed.model_dump(), "idempotency_key": f"release-{placed.provider_ref}"})
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.prepared(trip_id).outcome == "ended"
    house.hand.trips.cancel_overdue(trip_id)
    assert house.settle(trip_id) == "nothing"
    assert house.hand.trips.get(trip_id).settled_at is not None


def test_a_hold_seen_by_webhook_before_the_settlement_is_released_though_its_saga_died(house: House) -> None:
    trip_id = house.requested()
    house.placed(house.prepared(trip_id))
    for event in house.stripe.events():
        house.webhook(event)
    cancel(house, trip_id)
    assert house.settle(trip_id) == "nothing"
    assert house.published.types().count("HoldOrphaned") == 1


def test_a_match_saga_that_wakes_after_the_ride_does_not_give_its_money_back(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.authorization.record(placed)
    house.ridden(trip_id, house.matched(trip_id))
    assert house.hand.authorization.record(placed).outcome == "held"
    house.settle(trip_id)
    assert house.hand.authorization.record(placed).outcome == "held"
    assert house.state(trip_id) == "paid"


def test_a_match_saga_that_wakes_after_a_late_cancellation_leaves_the_fee_to_be_captured(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.authorization.record(placed)
    house.matched(trip_id)
    house.later(minutes=3)
    cancel(house, trip_id)
    assert house.hand.authorization.record(placed).outcome == "held"
    prepared = house.settlement(trip_id)
    assert house.hand.authorization.record(placed).outcome == "held"
    house.hand.settlement.record_capture(house.capture(prepared))
    assert house.hand.authorization.record(placed).outcome == "held"
    assert house.stripe.totals()["captured_minor"] == 500


def test_a_ride_whose_hold_was_given_back_all_the_same_is_not_called_paid(house: House) -> None:
    trip_id = house.completed()
    order_id, intent_id = house.order(trip_id)["id"], house.order(trip_id)["provider_ref"]
    release(house, {"trip_id": trip_id, "order_id": order_id, "provider_ref": intent_id, "idempotency_key": "key"})
    assert house.state(trip_id) == "payment_failed"
    assert house.settle(trip_id) == "nothing"


@pytest.mark.parametrize("round_", range(5))
def test_cancelling_and_recording_the_hold_at_once_never_keeps_a_hold_of_a_cancelled_trip(
    house: House, round_: int
) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    rider_id = house.hand.trips.get(trip_id).rider_id

    def cancel_and_settle(hand: Hand) -> None:
        hand.trips.cancel(rider_id, trip_id, None)
        prepared = hand.settlement.prepare(PrepareSettlement(trip_id=trip_id))
        if prepared.action == "release":
            house.gateway.release(ReleaseRequest.model_validate(prepared.model_dump()))
            hand.settlement.record_release(RecordRelease.model_validate(prepared.model_dump()))

    def record(hand: Hand) -> None:
        recorded = hand.authorization.record(placed)
        if recorded.outcome == "ended":
            house.gateway.release(ReleaseRequest.model_validate(recorded.model_dump()))
            hand.settlement.record_release(RecordRelease.model_validate(recorded.model_dump()))

    at_once(house, cancel_and_settle, record)
    assert_all_given_back(house, trip_id)


def test_a_hold_prepared_by_two_at_once_is_one_order(house: House) -> None:
    trip_id = house.requested()
    prepared = at_once(house, *[lambda hand: hand.authorization.prepare(PrepareHold(trip_id=trip_id))] * 4)
    assert {result.order_id for result in prepared} == {house.order(trip_id)["id"]}
    at_once(house, *[lambda _hand: house.placed(prepared[0])] * 3)
    assert len(house.stripe.intents()) == 1


def test_a_settlement_started_four_times_at_once_charges_and_books_once(house: House) -> None:
    trip_id = house.completed()

    def settle(hand: Hand) -> None:
        prepared = hand.settlement.prepare(PrepareSettlement(trip_id=trip_id))
        if prepared.action == "capture":
            hand.settlement.record_capture(house.capture(prepared))

    at_once(house, settle, settle, settle, settle)
    assert_paid_once(house, trip_id)


@pytest.mark.parametrize("round_", range(5))
def test_the_saga_and_stripes_webhook_book_a_capture_once_between_them(house: House, round_: int) -> None:
    trip_id = house.completed()
    capture = house.capture(house.settlement(trip_id))
    events = house.stripe.events()
    for event in events:
        house.store(event)

    def handle(hand: Hand) -> None:
        for event in events:
            hand.handler.handle(event["id"])

    at_once(house, lambda hand: hand.settlement.record_capture(capture), handle, handle)
    assert_paid_once(house, trip_id)
    assert house.order(trip_id)["state"] == "settled"


def assert_all_given_back(house: House, trip_id: UUID) -> None:
    assert house.order(trip_id)["state"] == "cancelled"
    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]
    assert house.stripe.totals()["held_minor"] == house.stripe.totals()["captured_minor"] == 0
    assert house.ledger(trip_id) == {}
    assert house.state(trip_id) == "cancelled"
    assert house.hand.trips.get(trip_id).settled_at is not None


def assert_paid_once(house: House, trip_id: UUID) -> None:
    final = house.hand.trips.get(trip_id).final_amount_minor
    assert house.state(trip_id) == "paid"
    assert house.ledger(trip_id)["taken"] == final == house.stripe.totals()["captured_minor"]
    assert sum(house.ledger(trip_id).values()) == 0
    assert house.published.types().count("PaymentCaptured") == 1


def cancel(house: House, trip_id: UUID) -> None:
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)


def release(house: House, hold: dict[str, Any]) -> None:
    """Release the hold as the match saga does when it is too late."""
    house.gateway.release(ReleaseRequest.model_validate(hold))
    house.hand.settlement.record_release(RecordRelease.model_validate(hold))


def at_once(house: House, *works: Callable[[Hand], Any]) -> list[Any]:
    """Run the calls at the same moment, each on a connection of its own."""
    barrier = Barrier(len(works))

    def run(work: Callable[[Hand], Any], hand: Hand) -> Any:
        barrier.wait(10)
        return work(hand)

    hands = [house.another_hand() for _ in works]
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(30) for future in [pool.submit(run, *each) for each in zip(works, hands, strict=True)]]


def test_a_settlement_that_waits_for_another_sees_the_fee_that_it_opened(house: House) -> None:
    trip_id, other = cancelled_late(house), house.another_hand()

    with held(house.database_url, other.database) as first:
        opened = other.settlement.prepare(PrepareSettlement(trip_id=trip_id))
        second = first.lets_wait(lambda: house.settlement(trip_id))

    assert (opened.action, second.result()) == ("capture", opened)
    assert house.hand.trips.get(trip_id).settled_at is None


@pytest.mark.parametrize(
    "lock",
    [
        lambda orders, fee: orders.of_trip(fee["trip_id"]),
        lambda orders, fee: orders.of_hold("stripe", fee["provider_ref"]),
        lambda orders, fee: orders.lock(fee["trip_id"]),
    ],
    ids=["of the trip", "of the hold", "unread"],
)
def test_the_order_of_a_fee_is_locked_after_that_of_its_fare(
    house: House, lock: Callable[[PostgresOrders, dict[str, Any]], object]
) -> None:
    """The holder of the fare's lock may lock the fee's order, too: nobody who has that one waits for the fare's."""
    trip_id = cancelled_late(house)
    house.settlement(trip_id)
    fare, fee = house.order(trip_id), house.order(trip_id, "cancellation_fee")
    waiting, other = house.another_hand().database, house.another_hand()

    def locked() -> None:
        with waiting.transaction():
            lock(PostgresOrders(waiting), fee)

    with held(house.database_url, other.database) as first:
        first.rows("select id from payment_orders where id = %s for update", fare["id"])
        after = first.lets_wait(locked)
        first.rows("select id from payment_orders where id = %s for update nowait", fee["id"])

    assert after.exception() is None


def test_a_trip_does_not_end_while_its_order_is_opened(house: House) -> None:
    trip_id, other = house.requested(), house.another_hand()

    with held(house.database_url, other.database) as opening:
        prepared = other.authorization.prepare(PrepareHold(trip_id=trip_id))
        ended = opening.lets_wait(lambda: cancel(house, trip_id))

    assert (prepared.outcome, ended.exception()) == ("place", None)
    house.settle(trip_id)
    assert house.order(trip_id)["state"] == "cancelled"


def test_a_webhook_that_is_delivered_twice_at_once_is_handled_once(house: House) -> None:
    trip_id, other = house.requested(), house.another_hand()
    house.placed(house.prepared(trip_id))
    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="States.Timeout"))
    (told,) = (each for each in house.stripe.events() if each["type"] == "payment_intent.amount_capturable_updated")
    house.store(told)

    with held(house.database_url, other.database) as first:
        other.handler.handle(told["id"])
        second = first.lets_wait(lambda: house.hand.handler.handle(told["id"]))

    assert second.exception() is None
    assert house.published.types().count("HoldOrphaned") == 1
