"""What becomes of an amount that cannot be taken: no hold outlives it, the rider owes it, an attempt counts once."""

from __future__ import annotations

from uuid import UUID

import pytest

from rideflow.ledger.store import PostgresLedger
from rideflow.payments.orders.bookings import dues, payable
from rideflow.payments.providers.errors import PaymentDeclinedError, ProviderRefusedError
from rideflow.payments.sagas.settlement import PreparedSettlement
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_books import checked, steps
from tests.adapters.payments.test_webhooks import deliver


def declined(house: House, trip_id: UUID) -> PreparedSettlement:
    """An attempt at the capture that the bank declined, not recorded yet."""
    prepared = house.settlement(trip_id)
    house.stripe.fault("decline", operation="capture", keep_authorization=True)
    with pytest.raises(PaymentDeclinedError):
        house.capture(prepared)
    return prepared


def given_up(house: House) -> UUID:
    trip_id = house.completed()
    for _ in range(3):
        outcome = house.refused(declined(house, trip_id), "PaymentDeclinedError")
    assert outcome.outcome == "release"
    return trip_id


def owed(house: House, rider_id: UUID) -> int:
    return PostgresLedger(house.hand.database).balance(dues(rider_id, "USD")).posted_minor


def test_after_three_declines_the_hold_is_released_and_the_rider_owes_the_fare(house: House) -> None:
    trip_id = house.completed()
    outcomes = [house.refused(declined(house, trip_id), "PaymentDeclinedError") for _ in range(3)]
    assert [(each.outcome, each.wait_s) for each in outcomes] == [("retry", 5), ("retry", 10), ("release", 0)]
    order = house.order(trip_id)

    house.release(outcomes[2].settlement)

    assert house.stripe.totals()["held_minor"] == 0
    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("payment_failed", "cancelled")
    assert owed(house, order["rider_id"]) == order["amount_minor"] > 0
    driver = PostgresLedger(house.hand.database).balance(payable(order["driver_id"], "USD")).posted_minor
    assert driver == -house.ledger(trip_id)[f"driver_payable:{order['driver_id']}"] > 0
    assert steps(house, trip_id) == {"hold": "pending", "charge": "posted", "release": "void"}
    assert house.published.types().count("PaymentFailed") == 1
    assert house.published.types().count("HoldReleased") == 1
    assert house.rows("select from receipts where trip_id = %(id)s", id=trip_id) == []
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_an_execution_that_comes_later_releases_the_hold_that_the_first_left(house: House) -> None:
    trip_id = given_up(house)

    assert [house.settle(trip_id) for _ in range(2)] == ["release", "nothing"]

    assert house.stripe.totals()["held_minor"] == 0
    assert house.order(trip_id)["state"] == "cancelled"


def test_a_capture_that_proves_made_when_the_hold_is_released_is_booked(house: House) -> None:
    trip_id = given_up(house)
    order = house.order(trip_id)
    house.stripe.client.v1.payment_intents.capture(order["provider_ref"], {"amount_to_capture": order["amount_minor"]})

    assert house.settle(trip_id) == "release"

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("paid", "captured")
    assert owed(house, order["rider_id"]) == 0
    deliver(house, "payment_intent.succeeded")
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


def test_while_the_provider_is_away_nothing_is_given_up(house: House) -> None:
    trip_id = house.completed()
    outcomes = [house.refused(house.settlement(trip_id), "ProviderUnavailableError").outcome for _ in range(4)]

    assert outcomes == ["retry", "retry", "later", "later"]
    assert "PaymentFailed" not in house.published.types()
    assert house.state(trip_id) == "completed"
    assert house.settle(trip_id) == "capture"
    assert house.state(trip_id) == "paid"


@pytest.mark.parametrize("error", ["ProviderRefusedError", "HoldGoneError"])
def test_what_no_repeat_can_change_is_given_up_at_once(house: House, error: str) -> None:
    trip_id = house.completed()

    assert house.refused(house.settlement(trip_id), error).outcome == "release"

    assert house.state(trip_id) == "payment_failed"


def test_a_request_that_stripe_never_accepts_is_no_decline_and_no_outage(house: House) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    impossible = prepared.model_copy(update={"amount_minor": house.order(trip_id)["held_minor"] + 1})

    with pytest.raises(ProviderRefusedError):
        house.capture(impossible)


def test_a_decline_that_three_executions_record_is_one_attempt(house: House) -> None:
    trip_id = house.completed()
    prepared = [house.settlement(trip_id) for _ in range(3)]
    assert {each.idempotency_key for each in prepared} == {prepared[0].idempotency_key}

    outcomes = [house.refused(each, "PaymentDeclinedError").outcome for each in prepared]

    assert outcomes == ["retry", "over", "over"]
    assert (house.order(trip_id)["attempts"], house.order(trip_id)["state"]) == (1, "failed")


def test_a_refusal_of_an_attempt_that_is_over_changes_nothing(house: House) -> None:
    trip_id = house.completed()
    first = declined(house, trip_id)
    house.refused(first, "PaymentDeclinedError")
    second = house.settlement(trip_id)

    assert house.refused(first, "PaymentDeclinedError").outcome == "over"

    assert house.order(trip_id)["state"] == "processing"
    house.hand.settlement.record_capture(house.capture(second))
    assert house.state(trip_id) == "paid"
    assert house.refused(second, "PaymentDeclinedError").outcome == "captured"


def test_a_refusal_that_a_former_workflow_records_is_of_the_present_attempt(house: House) -> None:
    trip_id = house.completed()
    prepared = declined(house, trip_id)
    former = prepared.model_copy(update={"attempt": None})

    assert house.refused(former, "PaymentDeclinedError").outcome == "retry"


def test_a_hold_that_the_rider_s_bank_let_go_is_void_once_it_is_released(house: House) -> None:
    trip_id = house.completed()
    house.stripe.control("/expire", payment_intent=house.order(trip_id)["provider_ref"], notify=False)
    outcome = house.refused(house.settlement(trip_id), "HoldGoneError")

    house.release(outcome.settlement)

    assert steps(house, trip_id) == {"hold": "pending", "charge": "posted", "release": "void"}
    assert house.order(trip_id)["state"] == "cancelled"


def test_a_fee_that_is_given_up_is_owed_and_closes_its_trip(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    house.later(minutes=5)
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    for _ in range(3):
        outcome = house.refused(declined(house, trip_id), "PaymentDeclinedError")

    house.release(outcome.settlement)

    assert house.hand.trips.get(trip_id).settled_at is not None
    assert house.state(trip_id) == "cancelled"
    assert owed(house, house.order(trip_id)["rider_id"]) == 500
    assert house.stripe.totals()["held_minor"] == 0
