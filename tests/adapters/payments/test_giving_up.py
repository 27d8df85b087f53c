"""What becomes of an amount that cannot be taken: no hold outlives it, the rider owes it, an attempt counts once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.ledger.store import PostgresLedger
from rideflow.payments.orders.bookings import dues, payable
from rideflow.payments.providers.errors import PaymentDeclinedError, ProviderRefusedError
from rideflow.payments.sagas.settlement import CaptureFailureOutcome, PreparedSettlement, RecordRelease
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_books import checked, steps
from tests.adapters.payments.test_guards import cancelled_late
from tests.adapters.payments.test_webhooks import deliver
from tests.market_data import SAN_FRANCISCO

ATTEMPTS = SAN_FRANCISCO.terms.capture_attempts
WAITS_S = [60, 240, 960, 3840, 15360, 21600]
"""A minute, then four times as long each, and six hours at most."""


def declined(house: House, trip_id: UUID) -> PreparedSettlement:
    """An attempt at the capture that the bank declined, not recorded yet; made once it is due."""
    prepared = house.next_attempt(trip_id)
    house.stripe.fault("decline", operation="capture", keep_authorization=True)
    with pytest.raises(PaymentDeclinedError):
        house.capture(prepared)
    return prepared


def declines(house: House, trip_id: UUID) -> list[CaptureFailureOutcome]:
    """The outcomes of attempts that are all declined, each made after the wait that the one before asked for."""
    outcomes = []
    for _ in range(ATTEMPTS):
        outcomes.append(house.refused(declined(house, trip_id), "PaymentDeclinedError"))
        house.later(seconds=outcomes[-1].wait_s)
    return outcomes


def given_up(house: House) -> UUID:
    trip_id = house.completed()
    assert declines(house, trip_id)[-1].outcome == "release"
    return trip_id


def owed(house: House, rider_id: UUID) -> int:
    return PostgresLedger(house.hand.database).balance(dues(rider_id, "USD")).posted_minor


def test_after_the_last_decline_the_hold_is_released_and_the_rider_owes_the_fare(house: House) -> None:
    trip_id = house.completed()
    outcomes = declines(house, trip_id)
    assert [(each.outcome, each.wait_s) for each in outcomes] == [*(("retry", s) for s in WAITS_S), ("release", 0)]
    order = house.order(trip_id)

    house.release(outcomes[-1].settlement)

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


def test_a_capture_that_is_tried_again_is_asked_for_anew(house: House) -> None:
    """Stripe repeats its first response to an idempotency key, a decline too."""
    trip_id = house.completed()
    house.refused(declined(house, trip_id), "PaymentDeclinedError")

    assert house.settle(trip_id) == "capture"

    assert house.state(trip_id) == "paid"


def test_while_the_provider_is_away_nothing_is_given_up(house: House) -> None:
    trip_id = house.completed()
    outcomes = [house.refused(house.next_attempt(trip_id), "ProviderUnavailableError").outcome for _ in range(4)]

    assert outcomes == ["retry", "retry", "later", "later"]
    assert "PaymentFailed" not in house.published.types()
    assert house.state(trip_id) == "completed"
    assert house.settle(trip_id) == "capture"
    assert house.state(trip_id) == "paid"


def test_a_hold_that_is_gone_is_given_up_at_once(house: House) -> None:
    trip_id = house.completed()

    assert house.refused(house.settlement(trip_id), "HoldGoneError").outcome == "release"

    assert house.state(trip_id) == "payment_failed"


def test_requests_that_stripe_refuses_for_good_wait_for_whoever_mends_them(house: House) -> None:
    trip_id = house.completed()

    for _ in range(4):
        assert house.refused(house.settlement(trip_id), "ProviderRefusedError").outcome == "later"

    assert house.state(trip_id) == "completed"
    assert "PaymentFailed" not in house.published.types()
    assert house.settle(trip_id) == "capture"
    assert house.state(trip_id) == "paid"


def test_an_outage_uses_up_none_of_the_attempts_that_a_declined_card_has(house: House) -> None:
    trip_id = house.completed()
    for _ in range(4):
        house.refused(house.next_attempt(trip_id), "ProviderUnavailableError")

    assert [each.wait_s for each in declines(house, trip_id)] == [*WAITS_S, 0]


@pytest.mark.parametrize(
    "error",
    [
        "PaymentDeclinedError",
        "DeclinedForGoodError",
        "ProviderUnavailableError",
        "HoldGoneError",
        "AmountTooSmallError",
        "States.Timeout",
    ],
)
@pytest.mark.parametrize("attempts", [1, ATTEMPTS])
def test_a_failure_that_is_recorded_again_gets_the_same_answer(house: House, error: str, attempts: int) -> None:
    trip_id = house.completed()
    for _ in range(attempts):
        prepared = house.next_attempt(trip_id)
        first = house.refused(prepared, error)
    order = house.order(trip_id)

    assert [house.refused(prepared, error) for _ in range(2)] == [first, first]

    assert house.order(trip_id) == order
    is_given_up = first.outcome == "release" and error != "AmountTooSmallError"
    assert house.published.types().count("PaymentFailed") == is_given_up


def test_a_hold_that_can_never_be_released_is_taken_for_over_a_day_after_its_end(house: House) -> None:
    trip_id = given_up(house)
    order = house.order(trip_id)
    ends_at = order["created_at"] + timedelta(seconds=order["terms"]["hold_lasts_s"])
    house.now = ends_at + timedelta(days=1) - timedelta(seconds=1)
    assert house.settlement(trip_id).action == "release"
    house.now += timedelta(seconds=1)

    assert house.settlement(trip_id).action == "nothing"

    assert house.order(trip_id)["state"] == "cancelled"
    assert steps(house, trip_id) == {"hold": "pending", "charge": "posted", "release": "void"}


def test_a_hold_that_is_given_up_after_its_end_is_asked_for_first_since_it_may_be_captured(house: House) -> None:
    trip_id = house.completed()
    house.refused(house.settlement(trip_id), "ProviderUnavailableError")
    house.later(days=30)

    assert house.settlement(trip_id).action == "release"


def test_a_capture_that_no_order_asked_for_is_owed_to_the_rider(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    order = house.order(trip_id)
    house.stripe.client.v1.payment_intents.capture(order["provider_ref"])
    house.hand.trips.give_up(trip_id)

    assert [house.settle(trip_id) for _ in range(2)] == ["release", "nothing"]

    assert owed(house, order["rider_id"]) == -order["held_minor"]
    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("no_driver_found", "captured")
    assert house.hand.trips.get(trip_id).settled_at is not None
    deliver(house, "payment_intent.succeeded")
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}


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

    assert outcomes == ["retry"] * 3
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

    house.release(declines(house, trip_id)[-1].settlement)

    assert house.hand.trips.get(trip_id).settled_at is not None
    assert house.state(trip_id) == "cancelled"
    assert owed(house, house.order(trip_id)["rider_id"]) == 500
    assert house.stripe.totals()["held_minor"] == 0


def refused_in_an_outage(house: House, trip_id: UUID, times: int) -> list[CaptureFailureOutcome]:
    """Attempts that Stripe does not answer, each when it is due."""
    outcomes = []
    for _ in range(times):
        outcomes.append(house.refused(house.settlement(trip_id), "ProviderUnavailableError"))
        house.later(seconds=outcomes[-1].wait_s)
    return outcomes


def test_waits_grow_in_an_outage_too(house: House) -> None:
    trip_id = house.completed()

    outcomes = refused_in_an_outage(house, trip_id, 2)

    assert [each.wait_s for each in outcomes] == WAITS_S[:2]


def test_a_fee_has_as_many_attempts_in_an_outage_as_a_fare(house: House) -> None:
    trip_id = cancelled_late(house)

    outcomes = refused_in_an_outage(house, trip_id, 3)

    assert [each.outcome for each in outcomes] == ["retry", "retry", "later"]


@pytest.mark.parametrize("stage", ["recorded", "not recorded"])
def test_a_ride_whose_hold_was_given_back_on_the_way_is_owed_and_its_driver_earns(house: House, stage: str) -> None:
    """As when the hold was released for a trip that went on all the same."""
    trip_id = house.requested()
    hold = house.hold(trip_id)
    driver_id = house.matched(trip_id)
    house.hand.settlement.record_release(RecordRelease(order_id=hold.order_id))
    if stage == "not recorded":
        house.rows(
            "update payment_orders set provider_ref = null, held_minor = 0, hold_order_id = null,"
            " hold_looked_for_at = now() where trip_id = %(id)s returning id",
            id=trip_id,
        )
    house.ridden(trip_id, driver_id)

    assert [house.settle(trip_id) for _ in range(2)] == ["nothing", "nothing"]

    order, quoted = house.order(trip_id), house.hand.trips.get(trip_id).quoted_amount_minor
    assert (house.state(trip_id), order["state"], order["amount_minor"]) == ("payment_failed", "cancelled", quoted)
    assert owed(house, order["rider_id"]) == quoted
    earned = PostgresLedger(house.hand.database).balance(payable(driver_id, "USD")).posted_minor
    assert 0 < earned < quoted
    assert order["driver_id"] == driver_id
    assert house.published.types().count("PaymentFailed") == 1
    assert {**checked(house), "entries": 0} == {"entries": 0, "differences": 0, "uncleared": 0, "pending": 0}
