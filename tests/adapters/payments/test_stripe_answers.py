"""The state behind a call that Stripe answered with an error: whether there is a hold, and for which order."""

from datetime import UTC, datetime

import pytest

from rideflow.payments.providers.errors import HoldGoneError, PaymentDeclinedError, ProviderUnavailableError
from rideflow.payments.providers.port import HoldRequest, ReleaseRequest
from tests.adapters.payments.ride import House

CREATE = "/v1/payment_intents"


def test_an_intent_that_waits_for_its_payer_is_found_in_place_of_a_lost_answer(house: House) -> None:
    prepared = house.prepared(house.requested(house.rider("pm_card_authenticationRequired")))
    house.stripe.client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "customer": str(prepared.customer_ref), "confirm": True,
         "payment_method": str(prepared.method_ref), "capture_method": "manual",
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
         "metadata": {"order_id": str(prepared.order_id)}}
    )  # fmt: skip
    house.stripe.control("/faults", path=CREATE, kind="error_before_work")

    placed = house.placed(prepared)

    (intent,) = house.stripe.intents()
    assert (placed.outcome, placed.provider_ref, placed.held_minor) == ("wants_payer", intent.id, 0)
    assert placed.client_secret == intent.client_secret


def test_a_hold_that_was_ended_before_its_answer_came_is_a_declined_card(house: House) -> None:
    prepared = house.prepared(house.requested())
    house.stripe.control("/faults", path=CREATE, kind="close_after_work", times=3)
    with pytest.raises(ProviderUnavailableError):
        house.placed(prepared)
    house.stripe.client.v1.payment_intents.cancel(house.stripe.intents()[0].id)
    house.stripe.control("/faults", path=CREATE, kind="error_before_work", times=None)

    with pytest.raises(PaymentDeclinedError) as declined:
        house.placed(prepared.model_copy(update={"idempotency_key": "of a new execution"}))

    assert declined.value.extra["decline_code"] == "canceled"


def test_a_hold_that_expired_before_stripe_ended_it_is_gone(house: House) -> None:
    trip_id = house.completed()
    house.stripe.control("/expire", payment_intent=house.order(trip_id)["provider_ref"], notify=False)

    with pytest.raises(HoldGoneError):
        house.capture(house.settlement(trip_id))

    assert house.stripe.totals()["captured_minor"] == 0


def test_a_riders_former_hold_is_not_taken_for_the_one_that_stripe_did_not_place(house: House) -> None:
    rider_id = house.rider()
    former = house.requested(rider_id)
    house.hold(former)
    house.hand.trips.give_up(former)
    assert house.settle(former) == "release"
    prepared = house.prepared(house.requested(rider_id))
    house.stripe.control("/faults", path=CREATE, kind="error_before_work")

    placed = house.placed(prepared)

    assert placed.provider_ref != house.order(former)["provider_ref"]
    assert house.stripe.totals()["held_minor"] == prepared.amount_minor


def test_the_hold_of_another_order_of_the_same_rider_is_not_taken_either(house: House) -> None:
    """The other order's hold still exists: its release is on its way."""
    rider_id = house.rider()
    former = house.requested(rider_id)
    hold = house.hold(former)
    house.hand.trips.give_up(former)
    prepared = house.prepared(house.requested(rider_id))
    house.stripe.control("/faults", path=CREATE, kind="error_before_work")

    placed = house.placed(prepared)
    house.gateway.release(ReleaseRequest.model_validate(hold.model_dump()))

    assert placed.provider_ref != hold.provider_ref
    assert house.stripe.totals()["held_minor"] == prepared.amount_minor


def test_a_hold_that_is_found_in_place_of_a_lost_answer_tells_its_end(house: House) -> None:
    prepared = house.prepared(house.requested())
    house.stripe.control("/faults", path=CREATE, kind="error_after_work")

    placed = house.gateway.hold(HoldRequest.model_validate(prepared.model_dump()))

    found = house.stripe.client.v1.payment_intents.retrieve(placed.provider_ref, {"expand": ["latest_charge"]})
    ends_at = found.to_dict()["latest_charge"]["payment_method_details"]["card"]["capture_before"]
    assert placed.capture_before == datetime.fromtimestamp(ends_at, UTC)
    assert len(house.stripe.intents()) == 1
