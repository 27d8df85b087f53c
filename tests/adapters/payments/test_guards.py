"""Faults that the guards of holds, captures and webhooks prevent: each test fails if its guard is removed."""

from uuid import UUID

import pytest
import stripe

from rideflow.payments.errors import OrderConflictError
from rideflow.payments.providers.errors import ProviderRefusedError, ProviderUnavailableError
from rideflow.payments.providers.port import PlacedHold
from rideflow.payments.providers.stripe.client import stripe_errors
from rideflow.payments.sagas.authorization import RejectHold
from rideflow.payments.sagas.settlement import RecordCapture, RecordRelease
from tests.adapters.payments.ride import House
from tests.adapters.payments.test_webhooks import deliver

CREATE = "/v1/payment_intents"


def orphans(house: House) -> list[str]:
    return [each["detail"]["provider_ref"] for each in house.published.envelopes if each["type"] == "HoldOrphaned"]


def seen(house: House, placed: PlacedHold) -> None:
    """Stripe's webhook tells of this hold."""
    (told,) = (
        each
        for each in house.stripe.events()
        if each["type"] == "payment_intent.amount_capturable_updated"
        and each["data"]["object"]["id"] == placed.provider_ref
    )
    house.webhook(told)


def test_a_hold_that_a_webhook_told_of_is_orphaned_when_another_is_recorded(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    first = house.placed(prepared)
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))
    seen(house, first)

    house.hand.authorization.record(second)

    assert orphans(house) == [first.provider_ref]
    assert house.order(trip_id)["provider_ref"] == second.provider_ref
    assert house.order(trip_id)["state"] == "held"


def test_the_hold_that_a_webhook_told_of_is_recorded_as_the_orders_own(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    seen(house, placed)

    house.hand.authorization.record(placed)

    assert orphans(house) == []


def test_two_holds_of_which_none_is_recorded_are_decided_later(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    first = house.placed(prepared)
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))
    seen(house, first)

    with pytest.raises(OrderConflictError):
        seen(house, second)

    assert house.order(trip_id)["provider_ref"] == first.provider_ref
    assert len(house.rows("select 1 from stripe_events where handled_at is null")) == 1


def test_another_amount_than_was_booked_is_refused_and_changes_nothing(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    order, ledger = house.order(trip_id), house.ledger(trip_id)
    another = RecordCapture(order_id=order["id"], captured_minor=order["captured_minor"] - 1)

    with pytest.raises(OrderConflictError):
        house.hand.settlement.record_capture(another)

    assert (house.order(trip_id), house.ledger(trip_id)) == (order, ledger)


def test_a_ride_whose_capture_failed_and_whose_hold_was_then_given_back_is_not_paid(house: House) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.refused(prepared, "PaymentDeclinedError")

    house.hand.settlement.record_release(RecordRelease(order_id=house.order(trip_id)["id"]))

    assert house.state(trip_id) == "payment_failed"
    assert "taken" not in house.ledger(trip_id)


def test_a_hold_that_ends_at_stripe_before_its_fee_is_captured_stays_to_be_settled(house: House) -> None:
    trip_id = cancelled_late(house)
    house.stripe.control("/expire", payment_intent=house.order(trip_id)["provider_ref"])

    house.webhook(next(each for each in house.stripe.events() if each["type"] == "payment_intent.canceled"))

    assert house.order(trip_id)["state"] == "held"
    assert "HoldReleased" not in house.published.types()
    prepared = house.settlement(trip_id)
    assert (prepared.action, prepared.amount_minor) == ("capture", 500)


def test_the_webhook_of_a_hold_from_which_a_fee_is_captured_orphans_nothing(house: House) -> None:
    trip_id = cancelled_late(house)
    house.settlement(trip_id)

    for event in house.stripe.events():
        house.webhook(event)

    assert orphans(house) == []


def test_the_settlement_of_a_fee_whose_hold_was_released_after_days_does_nothing_more(house: House) -> None:
    trip_id = cancelled_late(house)
    for _ in range(3):
        house.refused(house.next_attempt(trip_id), "ProviderUnavailableError")
    house.later(days=4)
    assert house.settle(trip_id) == "release"
    fee, totals = house.order(trip_id, "cancellation_fee"), house.stripe.totals()

    assert house.settle(trip_id) == "nothing"

    assert fee["state"] == "cancelled"
    assert house.order(trip_id, "cancellation_fee") == fee
    assert house.stripe.totals() == totals
    assert house.hand.trips.get(trip_id).settled_at is not None


def test_a_release_that_is_told_twice_is_announced_once(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.hand.trips.give_up(trip_id)
    house.settle(trip_id)

    house.hand.settlement.record_release(RecordRelease(order_id=house.order(trip_id)["id"]))

    assert house.published.types().count("HoldReleased") == 1


def test_a_rejected_hold_says_why_in_the_books(house: House) -> None:
    trip_id = house.requested()
    house.prepared(trip_id)

    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="insufficient_funds"))

    assert house.order(trip_id)["last_error"] == "insufficient_funds"


def test_a_stripe_that_remembered_its_errors_is_asked_under_a_new_key_later(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    house.stripe.control("/faults", path=CREATE, kind="error_before_work", times=None)
    with pytest.raises(ProviderUnavailableError):
        house.placed(prepared)
    house.stripe.forget_faults()
    house.later(seconds=10)

    placed = house.placed(prepared)

    assert placed.held_minor == prepared.amount_minor


def test_tries_at_once_share_their_second_key(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    house.stripe.control("/faults", path=CREATE, kind="error_before_work", times=None)
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            house.placed(prepared)
        house.later(seconds=0.5)

    asked = [each for each in house.stripe.requests() if each["path"] == CREATE and each["method"] == "POST"]

    assert len({each["idempotency_key"] for each in asked}) == 2


@pytest.mark.parametrize("status", [409, 500, 503])
def test_a_key_that_stripe_is_still_working_on_is_asked_again(status: int) -> None:
    with pytest.raises(ProviderUnavailableError), stripe_errors():
        raise stripe.IdempotencyError("being worked on", http_status=status)


@pytest.mark.parametrize("error", [stripe.RateLimitError, stripe.APIConnectionError])
def test_a_stripe_that_cannot_be_asked_now_is_asked_again(error: type[stripe.StripeError]) -> None:
    with pytest.raises(ProviderUnavailableError), stripe_errors():
        raise error("not now")


def invalid(message: str, code: str, status: int) -> stripe.StripeError:
    return stripe.InvalidRequestError(message, param=None, code=code, http_status=status)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "error",
    [
        invalid("no such hold", "resource_missing", 404),
        invalid("no such parameter", "parameter_unknown", 400),
        stripe.IdempotencyError("the key was used for another request", http_status=400),
    ],
    ids=str,
)
def test_what_stripe_will_never_accept_is_refused_for_good(error: stripe.StripeError) -> None:
    with pytest.raises(ProviderRefusedError) as refused, stripe_errors():
        raise error
    assert refused.value.extra == ({"provider_code": error.code} if error.code else {})


@pytest.mark.parametrize(
    "error",
    [
        stripe.AuthenticationError("no such key", http_status=401),
        stripe.PermissionError("the key may not", http_status=403),
        invalid("busy", "lock_timeout", 400),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(error: stripe.StripeError) -> None:
    with pytest.raises(ProviderUnavailableError), stripe_errors():
        raise error


def cancelled_late(house: House) -> UUID:
    """A trip that its rider cancelled after the grace: a fee is owed, and not captured yet."""
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    house.later(minutes=3)
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    return trip_id


def test_a_ride_whose_hold_was_released_before_its_end_is_not_paid(house: House) -> None:
    """The match saga releases a hold that it could not record, and its answer comes late."""
    trip_id = house.requested()
    recorded = house.hold(trip_id)
    house.ridden(trip_id, house.matched(trip_id))

    house.hand.settlement.record_release(RecordRelease(order_id=recorded.order_id))

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("payment_failed", "cancelled")


def test_a_capture_that_is_told_before_its_hold_is_recorded_is_told_again(house: House) -> None:
    """Somebody captured it by hand: only the order that has the hold can say what of it is wanted."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.stripe.client.v1.payment_intents.capture(placed.provider_ref)

    with pytest.raises(OrderConflictError):
        deliver(house, "payment_intent.succeeded")

    assert [row["handled_at"] for row in house.rows("select handled_at from stripe_events")] == [None]
    house.hand.authorization.record(placed)
    deliver(house, "payment_intent.succeeded")
    assert house.rows("select from stripe_events where handled_at is null") == []
