"""Stripe fails in every way it can, and the rider is charged once."""

import pytest

from rideflow.payments.providers.errors import (
    HoldGoneError,
    PaymentDeclinedError,
    ProviderUnavailableError,
)
from rideflow.payments.providers.port import ReleaseRequest
from rideflow.payments.providers.stripe.intents import Intent, PaymentIntents
from tests.adapters.payments.ride import House

CREATE = "/v1/payment_intents"
CAPTURE = "/v1/payment_intents/*/capture"
CANCEL = "/v1/payment_intents/*/cancel"

ONCE = [
    {"kind": "timeout_after_work", "seconds": 0.01},
    {"kind": "close_after_work"},
    {"kind": "error_before_work"},
    {"kind": "error_before_work", "remember": False},
    {"kind": "error_after_work"},
    {"kind": "reset"},
]


@pytest.fixture(params=ONCE, ids=lambda fault: "-".join(str(value) for value in fault.values()))
def fault(request: pytest.FixtureRequest) -> dict[str, object]:
    return dict(request.param)


def test_a_hold_is_placed_once_whatever_stripe_answers_at_first(house: House, fault: dict[str, object]) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    house.stripe.control("/faults", path=CREATE, **fault)
    placed = house.placed(prepared)
    assert house.placed(prepared) == placed
    assert [intent.id for intent in house.stripe.intents()] == [placed.provider_ref]
    assert house.stripe.totals()["held_minor"] == prepared.amount_minor


def test_a_capture_is_made_once_whatever_stripe_answers_at_first(house: House, fault: dict[str, object]) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.stripe.control("/faults", path=CAPTURE, **fault)
    made = house.capture(prepared)
    assert house.capture(prepared) == made
    house.hand.settlement.record_capture(made)
    assert house.stripe.totals()["captured_minor"] == prepared.amount_minor == house.ledger(trip_id)["taken"]


def test_a_hold_is_released_once_whatever_stripe_answers_at_first(house: House, fault: dict[str, object]) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.hand.trips.give_up(trip_id)
    house.stripe.control("/faults", path=CANCEL, **fault)
    assert house.settle(trip_id) == "release"
    assert house.stripe.totals()["held_minor"] == 0


@pytest.mark.parametrize("kind", ["rate_limit", "reset", "error_before_work"])
def test_a_stripe_that_stays_away_is_told_by_name_and_asked_again_later(house: House, kind: str) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.stripe.fault(kind, times=None)
    with pytest.raises(ProviderUnavailableError):
        house.capture(prepared)
    house.stripe.forget_faults()
    house.later(seconds=10)
    assert house.capture(prepared).captured_minor == prepared.amount_minor


def test_a_hold_that_stripe_placed_while_it_said_nothing_is_found_by_the_next_try(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    house.stripe.fault("close_after_work", path=CREATE, times=3)
    with pytest.raises(ProviderUnavailableError):
        house.placed(prepared)
    assert house.placed(prepared).held_minor == prepared.amount_minor
    assert len(house.stripe.intents()) == 1


def test_a_card_that_was_removed_at_stripe_is_a_declined_card(house: House) -> None:
    rider_id = house.rider()
    prepared = house.prepared(house.requested(rider_id))
    house.stripe.client.v1.payment_methods.detach(str(prepared.method_ref))
    with pytest.raises(PaymentDeclinedError):
        house.placed(prepared)


def test_a_bank_that_refuses_is_a_declined_card_each_time(house: House) -> None:
    prepared = house.prepared(house.requested(house.rider("pm_card_chargeCustomerFail")))
    for _ in range(2):
        with pytest.raises(PaymentDeclinedError):
            house.placed(prepared)
    assert house.stripe.totals()["held_minor"] == 0


def test_a_released_hold_cannot_be_captured(house: House) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.stripe.client.v1.payment_intents.cancel(str(prepared.provider_ref))
    with pytest.raises(HoldGoneError):
        house.capture(prepared)


def test_a_captured_hold_is_never_said_to_be_released(house: House) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.capture(prepared)
    release = {**prepared.model_dump(), "idempotency_key": f"release-{prepared.provider_ref}"}
    assert house.gateway.release(ReleaseRequest.model_validate(release)).captured_minor == prepared.amount_minor


def test_a_retry_after_a_failed_attempt_does_not_get_the_old_refusal_again(house: House) -> None:
    trip_id = house.completed()
    house.stripe.fault("decline", operation="capture", keep_authorization=True)
    prepared = house.settlement(trip_id)
    for _ in range(2):
        with pytest.raises(Exception, match="declined"):
            house.capture(prepared)
    house.refused(prepared, "PaymentDeclinedError")
    assert house.settle(trip_id) == "capture"
    assert house.state(trip_id) == "paid"


def test_a_bank_that_was_not_reached_is_asked_again(house: House) -> None:
    """Stripe answers a repeated key with the same refusal, so the next attempt has a new key."""
    prepared = house.prepared(house.requested())
    house.stripe.fault("decline", operation="charge", decline="processing_error")
    assert house.placed(prepared).held_minor == prepared.amount_minor
    assert house.stripe.totals()["held_minor"] == prepared.amount_minor


def test_a_bank_that_is_not_reached_for_long_does_not_make_the_card_a_bad_one(house: House) -> None:
    prepared = house.prepared(house.requested())
    house.stripe.fault("decline", operation="charge", decline="processing_error", times=None)
    with pytest.raises(ProviderUnavailableError):
        house.placed(prepared)
    house.stripe.forget_faults()
    house.later(seconds=10)
    assert house.placed(prepared).held_minor == prepared.amount_minor
    assert house.stripe.totals()["held_minor"] == prepared.amount_minor


def test_a_capture_is_asked_for_again_after_a_bank_was_not_reached(house: House) -> None:
    prepared = house.settlement(house.completed())
    house.stripe.fault("decline", operation="capture", decline="processing_error", keep_authorization=True)
    assert house.capture(prepared).captured_minor == prepared.amount_minor


@pytest.mark.parametrize("stays", [False, True], ids=["decided meanwhile", "not decided yet"])
def test_an_intent_that_stripe_is_still_working_on_is_neither_held_nor_declined(
    house: House, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    prepared = house.prepared(house.requested())
    create, retrieve = PaymentIntents.create, PaymentIntents.retrieve

    def at_work(intent: Intent) -> Intent:
        return intent.model_copy(update={"status": "processing"})

    monkeypatch.setattr(PaymentIntents, "create", lambda *asked: at_work(create(*asked)))
    if not stays:
        assert house.placed(prepared).held_minor == prepared.amount_minor
        return
    monkeypatch.setattr(PaymentIntents, "retrieve", lambda *asked: at_work(retrieve(*asked)))
    with pytest.raises(ProviderUnavailableError):
        house.placed(prepared)
