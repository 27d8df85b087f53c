"""An order without an active saga is settled again, and no hold outlives its trip."""

from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.outbox import Outbox
from rideflow.payments.orders.model import PLACED_WITHIN
from rideflow.payments.orders.overdue import OVERDUE_AFTER, OverdueOrders, first_overdue_at
from rideflow.payments.orders.store import PostgresOrders
from rideflow.payments.providers.errors import ProviderUnavailableError
from rideflow.payments.sagas.authorization import RejectHold
from tests.adapters.payments.ride import Hand, House
from tests.adapters.payments.test_guards import cancelled_late
from tests.market_data import SAN_FRANCISCO
from tests.waiting import held

SECOND = timedelta(seconds=1)
LASTS = timedelta(seconds=SAN_FRANCISCO.terms.hold_lasts_s)


def asked_for(house: House, hand: Hand | None = None, limit: int = 200) -> list[UUID]:
    """Trips whose settlement a sweep requests now."""
    database, before = (hand or house.hand).database, len(house.published.envelopes)
    sweeper = OverdueOrders(PostgresOrders(database), Outbox(database, house.published), house.clock, limit)
    told = sweeper.sweep()["settlements_asked_for"]
    news = house.published.envelopes[before:]
    assert [event["type"] for event in news] == ["SettlementOverdue"] * told
    return [UUID(event["detail"]["trip_id"]) for event in news]


def swept_after(house: House, trip_id: UUID, state: str, after: timedelta) -> str:
    """Check that the sweep finds the trip's order at its time and not before, and settle it; returns the action."""
    assert house.order(trip_id)["state"] == state
    due = first_overdue_at(PostgresOrders(house.hand.database), house.now)
    assert due is not None
    assert due <= house.now + after
    house.now += after - SECOND
    assert asked_for(house) == []
    house.now += 2 * SECOND
    assert asked_for(house) == [trip_id]
    return house.settle(trip_id)


def opened_late(house: House) -> UUID:
    """The match saga read the trip before it ended, and opened the order after its settlement."""
    trip_id = house.requested()
    house.prepared(trip_id)
    house.rows("create table kept as select * from payment_orders")
    house.rows("delete from payment_orders")
    cancelled(house, trip_id)
    assert house.settle(trip_id) == "nothing"
    house.rows("insert into payment_orders select * from kept")
    house.rows("drop table kept")
    return trip_id


def cancelled(house: House, trip_id: UUID) -> None:
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)


@pytest.mark.parametrize("after", [OVERDUE_AFTER["pending"]])
def test_an_order_that_was_opened_after_its_trip_was_settled_is_cancelled(house: House, after: timedelta) -> None:
    trip_id = opened_late(house)

    assert swept_after(house, trip_id, "pending", after) == "nothing"
    assert house.order(trip_id)["state"] == "cancelled"
    assert asked_for(house) == []


@pytest.mark.parametrize("after", [OVERDUE_AFTER["held"]])
def test_a_hold_that_was_recorded_after_its_trip_was_settled_is_released(house: House, after: timedelta) -> None:
    trip_id = opened_late(house)
    order = house.order(trip_id)
    placed = house.placed(house.prepared_again(order))
    house.rows(
        "update payment_orders set state = 'held', provider_ref = %(intent)s, held_minor = %(minor)s",
        intent=placed.provider_ref,
        minor=placed.held_minor,
    )

    assert swept_after(house, trip_id, "held", after) == "release"
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.stripe.totals()["held_minor"] == 0


@pytest.mark.parametrize("after", [OVERDUE_AFTER["held"]])
def test_a_ride_of_an_old_hold_is_overdue_when_it_has_been_over_for_its_time_and_not_when_it_ends(
    house: House, after: timedelta
) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.ridden(trip_id, house.matched(trip_id), minutes=25)

    assert asked_for(house) == []
    assert swept_after(house, trip_id, "held", after) == "capture"


@pytest.mark.parametrize("after", [OVERDUE_AFTER["processing"]])
def test_a_capture_whose_answer_was_lost_is_found_and_booked_once(house: House, after: timedelta) -> None:
    trip_id = house.completed()
    house.capture(house.settlement(trip_id))

    assert swept_after(house, trip_id, "processing", after) == "capture"
    assert house.state(trip_id) == "paid"
    assert house.stripe.totals()["captured_minor"] == house.order(trip_id)["captured_minor"] > 0
    assert sum(house.ledger(trip_id).values()) == 0


def failed(house: House) -> UUID:
    trip_id = house.completed()
    for _ in range(3):
        house.refused(house.next_attempt(trip_id), "ProviderUnavailableError")
    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("completed", "failed")
    return trip_id


@pytest.mark.parametrize("after", [OVERDUE_AFTER["failed"]])
def test_a_capture_that_stripe_does_not_answer_is_tried_again_every_hour(house: House, after: timedelta) -> None:
    trip_id = failed(house)

    for _ in range(3):
        house.now += after - SECOND
        assert asked_for(house) == []
        house.now += 2 * SECOND
        assert asked_for(house) == [trip_id]
        house.refused(house.next_attempt(trip_id), "ProviderUnavailableError")
        assert asked_for(house) == []
    assert "PaymentFailed" not in house.published.types()
    assert swept_after(house, trip_id, "failed", after) == "capture"
    assert house.state(trip_id) == "paid"


def test_a_fee_that_cannot_be_captured_is_told_of_once(house: House) -> None:
    trip_id = cancelled_late(house)

    for _ in range(3):
        for _ in range(3):
            house.refused(house.next_attempt(trip_id), "PaymentDeclinedError")
        house.now += OVERDUE_AFTER["failed"] + SECOND

    assert house.published.types().count("PaymentFailed") == 1


def test_what_is_overdue_is_counted_each(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    trips = {house.completed() for _ in range(3)}
    house.now += OVERDUE_AFTER["held"] + SECOND
    capfd.readouterr()

    assert set(asked_for(house)) == trips

    assert '"SettlementOverdue":[3.0]' in capfd.readouterr().out


@pytest.mark.parametrize("after", [LASTS])
def test_a_hold_that_is_of_no_use_any_more_is_released_and_the_debt_stays(house: House, after: timedelta) -> None:
    trip_id = failed(house)
    house.now = house.order(trip_id)["created_at"] + after - SECOND
    assert asked_for(house) == [trip_id]
    house.refused(house.next_attempt(trip_id), "ProviderUnavailableError")
    house.now += OVERDUE_AFTER["failed"] + SECOND

    assert asked_for(house) == [trip_id]
    assert house.settle(trip_id) == "release"

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("payment_failed", "cancelled")
    totals = house.stripe.totals()
    assert (totals["held_minor"], totals["captured_minor"]) == (0, 0)
    assert asked_for(house) == []


@pytest.mark.parametrize("after", [OVERDUE_AFTER["captured"]])
def test_a_capture_that_no_webhook_confirmed_is_asked_of_stripe_and_settled(house: House, after: timedelta) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    taken = house.stripe.totals()["captured_minor"]

    assert swept_after(house, trip_id, "captured", after) == "capture"

    order = house.order(trip_id)
    assert (order["state"], order["confirmed_at"]) == ("settled", house.now)
    assert house.stripe.totals()["captured_minor"] == taken
    assert house.rows("select count(*) from receipts") == [{"count": 1}]


@pytest.mark.parametrize("days", [0, 9])
def test_orders_of_trips_that_go_on_are_left_alone(house: House, days: int) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.later(days=days)

    assert asked_for(house) == []
    assert house.order(trip_id)["state"] == "held"


def test_a_settlement_is_asked_for_again_after_its_time_and_not_with_every_sweep(house: House) -> None:
    trip_id = house.completed()
    house.settlement(trip_id)
    asked = []

    for _ in range(18):  # three hours, in which Stripe is away
        house.later(minutes=10)
        asked.append(asked_for(house))

    assert asked == [[], [], [trip_id]] * 6


def test_orders_that_stay_overdue_queue_behind_the_others(house: House) -> None:
    stuck = [house.completed() for _ in range(2)]
    newer = house.completed()
    house.now += OVERDUE_AFTER["held"] + SECOND

    rounds = [asked_for(house, limit=2), asked_for(house, limit=2)]

    assert rounds[0] != rounds[1]
    assert set(rounds[0]) == set(stuck)
    assert rounds[1] == [newer]


def test_a_settlement_that_is_asked_for_is_in_the_outbox_whatever_becomes_of_the_bus(house: House) -> None:
    trip_id = house.completed()
    house.now += OVERDUE_AFTER["held"] + SECOND
    house.rows("delete from outbox")

    assert asked_for(house) == [trip_id]

    (stored,) = house.rows("select id, type, detail from outbox")
    (told,) = (each for each in house.published.envelopes if each["id"] == str(stored["id"]))
    assert (stored["type"], stored["detail"]) == (told["type"], told["detail"])
    assert stored["detail"]["trip_id"] == str(trip_id)


def test_an_order_that_is_being_settled_is_not_waited_for(house: House) -> None:
    trip_id, other = house.completed(), house.another_hand()
    house.now += OVERDUE_AFTER["held"] + SECOND

    house.hand.database.execute("set lock_timeout = '2s'", {})  # so that a wait fails the test and does not block it

    with held(house.database_url, other.database) as settling:
        settling.rows("select id from payment_orders where trip_id = %s for update", trip_id)
        assert asked_for(house) == []

    assert asked_for(house) == [trip_id]


def lost(house: House, trip_id: UUID) -> None:
    """A trip with a lost hold: Stripe placed it, neither answer nor webhook came, and the match saga ended the trip."""
    house.placed(house.prepared(trip_id))
    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="ProviderUnavailableError"))
    assert house.settle(trip_id) == "nothing"
    assert house.stripe.totals()["held_minor"] > 0


@pytest.mark.parametrize("after", [PLACED_WITHIN])
def test_a_hold_of_which_neither_the_answer_nor_the_webhook_came_is_looked_for_and_released(
    house: House, after: timedelta
) -> None:
    trip_id = house.requested()
    lost(house, trip_id)

    assert swept_after(house, trip_id, "cancelled", after) == "release"

    assert house.stripe.totals()["held_minor"] == 0
    assert house.order(trip_id)["hold_looked_for_at"] == house.now
    house.later(days=9)
    assert asked_for(house) == []
    assert house.settle(trip_id) == "nothing"


def test_a_hold_whose_saga_died_before_it_was_recorded_is_looked_for_and_released(house: House) -> None:
    trip_id = house.requested()
    house.placed(house.prepared(trip_id))
    house.later(minutes=7)
    house.hand.trips.cancel_overdue(trip_id)
    assert house.settle(trip_id) == "nothing"

    assert swept_after(house, trip_id, "cancelled", PLACED_WITHIN) == "release"

    assert house.stripe.totals()["held_minor"] == 0


def test_the_hold_of_the_riders_next_trip_is_not_taken_for_the_one_that_was_lost(house: House) -> None:
    rider_id = house.rider()
    trip_id = house.requested(rider_id)
    lost(house, trip_id)
    following = house.requested(rider_id)
    house.hold(following)

    assert swept_after(house, trip_id, "cancelled", PLACED_WITHIN) == "release"

    assert house.stripe.totals()["held_minor"] == house.order(following)["held_minor"] > 0
    assert house.state(following) == "matching"


def test_a_hold_that_was_never_placed_is_looked_for_once(house: House) -> None:
    trip_id = house.requested()
    house.prepared(trip_id)
    house.hand.authorization.reject(RejectHold(trip_id=trip_id))

    assert swept_after(house, trip_id, "cancelled", PLACED_WITHIN) == "release"

    house.later(days=1)
    assert asked_for(house) == []


def test_a_hold_is_looked_for_until_stripe_has_answered(house: House) -> None:
    trip_id = house.requested()
    lost(house, trip_id)
    house.now += PLACED_WITHIN
    house.stripe.fault("error_before_work", method="*", path="/v1/payment_intents*", times=None)
    with pytest.raises(ProviderUnavailableError):
        house.settle(trip_id)
    house.stripe.forget_faults()

    house.now += SECOND
    assert asked_for(house) == [trip_id]
    assert house.settle(trip_id) == "release"
    assert house.stripe.totals()["held_minor"] == 0


def test_a_lost_hold_is_found_behind_the_many_that_its_rider_had_since(house: House) -> None:
    trip_id = house.requested()
    lost(house, trip_id)
    order = house.order(trip_id)
    for _ in range(21):
        house.stripe.client.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "customer": order["customer_ref"], "confirm": True,
             "payment_method": order["method_ref"], "capture_method": "manual",
             "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
        )  # fmt: skip
    house.now += PLACED_WITHIN

    assert house.settle(trip_id) == "release"

    assert house.stripe.totals()["held_minor"] == 21 * 900
