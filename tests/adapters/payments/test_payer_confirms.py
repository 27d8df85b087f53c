"""A bank wants its rider: the hold waits for them, and whatever is lost, doubled or late, no money is held in vain."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from rideflow.payments.providers.errors import (
    PaymentDeclinedError,
    PaymentNotConfirmedError,
    ProviderUnavailableError,
)
from rideflow.payments.providers.port import HoldRequest, PlacedHold, ReleaseRequest
from rideflow.payments.sagas.authorization import RecordedHold, RejectHold
from rideflow.payments.sagas.payer import PAYER_HAS, PaymentActionRequired
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_guards import orphans

BANK_WANTS_RIDER = "pm_card_authenticationRequired"
CONFIRMED, FAILED = "payment_intent.amount_capturable_updated", "payment_intent.payment_failed"


class Waiting:
    """A trip whose rider was asked to confirm its hold."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.trip_id = house.requested(house.rider(BANK_WANTS_RIDER))
        self.placed = house.placed(house.prepared(self.trip_id))
        self.recorded = house.hand.authorization.record(self.placed)
        house.ask_payer(self.trip_id, "token")

    def authenticates(self, outcome: str = "succeed") -> None:
        self.house.stripe.control("/authenticate", intent=self.placed.provider_ref, outcome=outcome)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.house.stripe.events() if event["type"] == kind]

    def conclude(self) -> PlacedHold:
        return self.house.concluded(self.recorded)

    def recorded_again(self) -> RecordedHold:
        return self.house.hand.authorization.record(self.conclude())

    def rejected(self, error: type[Exception]) -> None:
        reason = "card_declined" if error is PaymentDeclinedError else error.__name__
        self.house.hand.authorization.reject(RejectHold(trip_id=self.trip_id, reason=reason))

    def why_cancelled(self) -> str | None:
        return self.house.hand.trips.get(self.trip_id).cancel_reason


@pytest.fixture
def waiting(house: House) -> Waiting:
    return Waiting(house)


def asked(house: House, trip_id: UUID) -> list[dict[str, Any]]:
    return house.rows("select * from payer_actions where trip_id = %(trip_id)s", trip_id=trip_id)


def test_the_trip_stays_requested_and_its_rider_is_told_a_secret(house: House, waiting: Waiting) -> None:
    (intent,) = house.stripe.intents()
    order, trip = house.order(waiting.trip_id), house.hand.trips.get(waiting.trip_id)
    assert waiting.recorded.outcome == "wants_payer"
    assert (order["state"], order["provider_ref"], order["held_minor"]) == ("pending", intent.id, 0)
    assert trip.state == "requested"
    frame = PaymentActionRequired(
        trip_id=trip.id,
        client_secret=intent.client_secret,
        publishable_key="pk_test_rides",
        until=house.now + PAYER_HAS,
    )
    assert house.pushed.frames == [(trip.rider_id, frame)]
    assert house.answered == []


def test_a_confirmed_hold_is_recorded_and_the_secret_forgotten(house: House, waiting: Waiting) -> None:
    waiting.authenticates()
    (told,) = waiting.events(CONFIRMED)
    house.webhook(told)

    assert house.answered == [("token", CONFIRMED)]
    assert [row["client_secret"] for row in asked(house, waiting.trip_id)] == [None]
    assert waiting.recorded_again().outcome == "held"
    assert house.state(waiting.trip_id) == "matching"
    assert asked(house, waiting.trip_id) == []
    order = house.order(waiting.trip_id)
    assert (order["state"], order["held_minor"]) == ("held", house.stripe.totals()["held_minor"])
    assert order["held_minor"] > 0
    assert orphans(house) == []


def test_a_confirmation_whose_webhook_never_came_is_found_at_the_end_of_the_wait(
    house: House, waiting: Waiting
) -> None:
    waiting.authenticates()

    assert waiting.recorded_again().outcome == "held"
    assert house.state(waiting.trip_id) == "matching"


def test_a_rider_who_fails_at_their_bank_has_a_declined_card(house: House, waiting: Waiting) -> None:
    waiting.authenticates("fail")
    (told,) = waiting.events(FAILED)
    house.webhook(told)

    assert house.answered == [("token", FAILED)]
    for _ in range(2):  # the step may die after its work
        with pytest.raises(PaymentDeclinedError) as declined:
            waiting.conclude()
        assert declined.value.extra["decline_code"] == "payment_intent_authentication_failure"
    waiting.rejected(PaymentDeclinedError)
    assert waiting.why_cancelled() == "card_declined"
    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]  # the app cannot try again by itself


def test_a_rider_who_does_nothing_cannot_confirm_later(house: House, waiting: Waiting) -> None:
    for _ in range(2):
        with pytest.raises(PaymentNotConfirmedError):
            waiting.conclude()
    waiting.rejected(PaymentNotConfirmedError)

    assert waiting.why_cancelled() == "payment_not_confirmed"
    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]
    assert asked(house, waiting.trip_id) == []


def test_a_rider_who_confirms_as_the_time_ends_is_late_and_nothing_is_held(
    house: House, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, retrieved = iter([True]), house.gateway._retrieved  # the moment between look and cancellation

    def and_then_confirmed(provider_ref: str) -> Any:
        intent = retrieved(provider_ref)
        if next(looked, False):
            waiting.authenticates()
        return intent

    monkeypatch.setattr(house.gateway, "_retrieved", and_then_confirmed)

    with pytest.raises(PaymentNotConfirmedError):
        waiting.conclude()
    assert next(looked, None) is None
    assert house.stripe.totals()["held_minor"] == 0
    house.webhook(waiting.events(CONFIRMED)[0])
    waiting.rejected(PaymentNotConfirmedError)
    assert waiting.why_cancelled() == "payment_not_confirmed"


def test_a_hold_that_is_confirmed_after_its_rejection_is_released(house: House, waiting: Waiting) -> None:
    """Stripe was away at the end of the wait, so the hold was not cancelled there."""
    house.stripe.control("/faults", path="/v1/payment_intents/*", method="*", kind="error_before_work", times=None)
    with pytest.raises(ProviderUnavailableError):
        waiting.conclude()
    house.stripe.forget_faults()
    waiting.rejected(ProviderUnavailableError)
    waiting.authenticates()
    house.webhook(waiting.events(CONFIRMED)[0])

    assert waiting.why_cancelled() == "payment_unavailable"
    assert house.answered == []
    assert orphans(house) == [waiting.placed.provider_ref] * 2  # by the rejection, and by the webhook
    house.gateway.release(ReleaseRequest(trip_id=waiting.trip_id, provider_ref=waiting.placed.provider_ref))
    assert house.stripe.totals()["held_minor"] == 0


def test_a_rejection_of_which_stripe_was_not_told_cancels_the_intent(house: House, waiting: Waiting) -> None:
    waiting.rejected(ProviderUnavailableError)

    assert orphans(house) == [waiting.placed.provider_ref]
    house.gateway.release(ReleaseRequest(trip_id=waiting.trip_id, provider_ref=waiting.placed.provider_ref))
    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]


def test_a_release_that_stripe_failed_at_is_repeated_for_a_hold_that_nobody_confirmed(
    house: House, waiting: Waiting
) -> None:
    """A status of `requires_action` after the error does not mean that the money was captured."""
    house.stripe.control("/faults", path="/v1/payment_intents/*/cancel", kind="error_before_work")
    house.gateway.release(ReleaseRequest(trip_id=waiting.trip_id, provider_ref=waiting.placed.provider_ref))

    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]


def test_a_rider_who_cancels_is_asked_no_more(house: House, waiting: Waiting) -> None:
    house.hand.trips.cancel(house.hand.trips.get(waiting.trip_id).rider_id, waiting.trip_id, None)
    house.ask_payer(waiting.trip_id, "of a repeat")  # before the settlement
    assert house.settle(waiting.trip_id) == "nothing"
    house.ask_payer(waiting.trip_id, "of another repeat")

    assert orphans(house) == [waiting.placed.provider_ref]
    assert asked(house, waiting.trip_id) == []
    assert [token for token, _ in house.answered] == ["of a repeat", "of another repeat"]
    assert len(house.pushed.frames) == 1
    house.gateway.release(ReleaseRequest(trip_id=waiting.trip_id, provider_ref=waiting.placed.provider_ref))
    with pytest.raises(PaymentNotConfirmedError):
        waiting.conclude()
    waiting.rejected(PaymentNotConfirmedError)
    assert waiting.why_cancelled() is None


def test_a_rider_who_cancels_while_the_hold_is_placed_is_not_asked(house: House) -> None:
    trip_id = house.requested(house.rider(BANK_WANTS_RIDER))
    placed = house.placed(house.prepared(trip_id))
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settle(trip_id)

    recorded = house.hand.authorization.record(placed)

    assert (recorded.outcome, recorded.provider_ref) == ("ended", placed.provider_ref)
    assert asked(house, trip_id) == []
    house.gateway.release(ReleaseRequest.model_validate(recorded.model_dump()))
    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]


def test_an_unconfirmed_hold_whose_answer_was_lost_is_cancelled_when_it_is_looked_for(house: House) -> None:
    prepared = house.prepared(house.requested(house.rider(BANK_WANTS_RIDER)))
    house.placed(prepared)

    house.gateway.release(
        ReleaseRequest(trip_id=prepared.trip_id, order_id=prepared.order_id, customer_ref=prepared.customer_ref)
    )

    assert [intent.status for intent in house.stripe.intents()] == ["canceled"]


@pytest.mark.parametrize("kind", [CONFIRMED, FAILED, "payment_intent.canceled"])
def test_a_webhook_that_comes_before_the_wait_ends_it_at_once(house: House, kind: str) -> None:
    """The step was repeated after the first attempt had told the rider: its token is answered by nobody else."""
    waiting = Waiting(house)
    if kind == "payment_intent.canceled":
        house.stripe.client.v1.payment_intents.cancel(waiting.placed.provider_ref)
    else:
        waiting.authenticates("succeed" if kind == CONFIRMED else "fail")
    for told in waiting.events(kind):
        house.webhook(told)
    house.ask_payer(waiting.trip_id, "second token")

    assert house.answered == [("token", kind), ("second token", "nothing_to_confirm")]
    assert len(house.pushed.frames) == 1


def test_a_saga_that_could_not_be_answered_is_answered_when_the_webhook_comes_again(
    house: House, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting.authenticates()
    (told,) = waiting.events(CONFIRMED)

    def away(_token: str, _outcome: str) -> None:
        raise ConnectionError("Step Functions does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(house.hand.handler, "_answer_saga", away)
        with pytest.raises(ConnectionError):
            house.webhook(told)
    for _ in range(2):
        house.webhook(told)

    assert house.answered == [("token", CONFIRMED)]


def test_a_webhook_of_another_hold_does_not_end_the_wait(house: House, waiting: Waiting) -> None:
    """Stripe had refused a first attempt for a passing reason; its webhook comes late."""
    waiting.authenticates("fail")
    (told,) = waiting.events(FAILED)
    told["data"]["object"]["id"] = "pi_of_the_first_attempt"
    house.webhook(told)

    assert house.answered == []
    assert asked(house, waiting.trip_id)[0]["client_secret"] == waiting.placed.client_secret


def test_steps_that_are_repeated_change_nothing(house: House, waiting: Waiting) -> None:
    before = asked(house, waiting.trip_id)
    assert house.hand.authorization.record(waiting.placed) == waiting.recorded
    assert asked(house, waiting.trip_id) == before
    waiting.authenticates()
    assert [waiting.recorded_again().outcome for _ in range(2)] == ["held", "held"]
    assert house.hand.authorization.record(waiting.placed).outcome == "held"  # the first result comes once more
    assert asked(house, waiting.trip_id) == []
    assert len(house.stripe.intents()) == 1
    assert sum(house.ledger(waiting.trip_id).values()) == 0


def test_a_second_hold_for_the_same_order_is_orphaned(house: House, waiting: Waiting) -> None:
    prepared = house.prepared(waiting.trip_id)
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))

    recorded = house.hand.authorization.record(second)

    assert (recorded.outcome, recorded.provider_ref) == ("wants_payer", waiting.placed.provider_ref)
    assert orphans(house) == [second.provider_ref]
    waiting.authenticates()
    waiting.recorded_again()
    third = second.model_copy(update={"provider_ref": "pi_third"})
    assert house.hand.authorization.record(third).outcome == "held"
    assert orphans(house) == [second.provider_ref, "pi_third"]


def test_a_second_hold_for_an_order_that_was_cancelled_is_the_one_to_release(house: House, waiting: Waiting) -> None:
    """The first one was orphaned when the order was cancelled."""
    house.hand.trips.cancel(house.hand.trips.get(waiting.trip_id).rider_id, waiting.trip_id, None)
    house.settle(waiting.trip_id)
    prepared = house.prepared_again(house.order(waiting.trip_id))
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))

    recorded = house.hand.authorization.record(second)

    assert (recorded.outcome, recorded.provider_ref) == ("ended", second.provider_ref)
    assert orphans(house) == [waiting.placed.provider_ref] != [second.provider_ref]


def test_another_execution_finds_what_the_rider_did_meanwhile(house: House, waiting: Waiting) -> None:
    """Stripe repeats its first response to the key, which is out of date."""
    waiting.authenticates()

    placed = house.placed(house.prepared(waiting.trip_id))

    assert (placed.outcome, placed.held_minor) == ("held", house.stripe.totals()["held_minor"])


def test_the_secret_is_in_no_event_and_in_no_stored_webhook(house: House, waiting: Waiting) -> None:
    waiting.authenticates()
    for told in house.stripe.events():
        house.webhook(told)
    waiting.recorded_again()

    stored = [row["object"] for row in house.rows("select object from stripe_events")]
    log = [row["data"] for row in house.rows("select data from trip_events")]
    assert waiting.placed.client_secret is not None
    assert waiting.placed.client_secret not in json.dumps([house.published.envelopes, stored, log], default=str)


def test_a_hold_ends_when_its_bank_says(house: House) -> None:
    prepared = house.prepared(house.requested())
    placed = house.gateway.hold(HoldRequest.model_validate(prepared.model_dump()))
    (charge,) = house.stripe.client.v1.charges.list().to_dict()["data"]
    ends_at = datetime.fromtimestamp(charge["payment_method_details"]["card"]["capture_before"], UTC)
    assert placed.capture_before == ends_at

    trip_id = prepared.trip_id
    house.hand.authorization.record(placed)
    house.ridden(trip_id, house.matched(trip_id))
    house.refused(house.settlement(trip_id), "ProviderUnavailableError")

    house.now = ends_at.replace(microsecond=0)
    assert house.settlement(trip_id).action == "release"


def test_a_hold_that_lasts_longer_than_the_terms_say_is_captured(house: House) -> None:
    prepared = house.prepared(house.requested())
    placed = house.placed(prepared).model_copy(update={"capture_before": datetime(2026, 10, 20, tzinfo=UTC)})
    house.hand.authorization.record(placed)
    house.ridden(prepared.trip_id, house.matched(prepared.trip_id))
    house.refused(house.settlement(prepared.trip_id), "ProviderUnavailableError")

    house.now = datetime(2026, 10, 19, 23, 59, tzinfo=UTC)

    assert house.settlement(prepared.trip_id).action == "capture"


def test_a_hold_that_its_payer_confirmed_ends_when_their_bank_says(house: House, waiting: Waiting) -> None:
    waiting.authenticates()

    assert waiting.recorded_again().outcome == "held"

    ref = waiting.placed.provider_ref
    found = house.stripe.client.v1.payment_intents.retrieve(ref, {"expand": ["latest_charge"]})
    ends_at = found.to_dict()["latest_charge"]["payment_method_details"]["card"]["capture_before"]
    assert house.order(waiting.trip_id)["capture_before"] == datetime.fromtimestamp(ends_at, UTC)


def test_a_step_that_is_repeated_after_the_answer_asks_for_nothing_again(house: House, waiting: Waiting) -> None:
    waiting.authenticates()
    (told,) = waiting.events(CONFIRMED)
    house.webhook(told)

    house.hand.authorization.record(waiting.placed)
    house.ask_payer(waiting.trip_id, "another token")

    assert [row["client_secret"] for row in asked(house, waiting.trip_id)] == [None]
    assert house.answered == [("token", CONFIRMED), ("another token", "nothing_to_confirm")]
    assert len(house.pushed.frames) == 1
