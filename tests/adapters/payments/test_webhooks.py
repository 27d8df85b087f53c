import itertools
import json
import random
import time
from typing import Any

import pytest
import stripe

from rideflow.kernel.errors import MalformedRequestError
from rideflow.payments.errors import SignatureInvalidError
from tests.adapters.payments.ride import House
from tests.adapters.payments.stripe_at_hand import SECRET

SIGN = stripe.WebhookSignature.generate_signature_header


def test_a_webhook_is_stored_once_however_often_it_comes(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    event = house.stripe.events()[-1]
    for _ in range(3):
        house.store(event)
    assert [row["event_id"] for row in house.rows("select event_id from stripe_events")] == [event["id"]]
    assert house.published.types().count("StripeEventReceived") == 1


def test_a_webhook_is_handled_once_however_often_its_news_come(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    for event in house.stripe.events():
        house.webhook(event)
    settled, handled = house.order(trip_id), handlings(house)
    house.later(minutes=1)
    for event in house.stripe.events():
        house.webhook(event)
    assert house.order(trip_id) == settled
    assert handlings(house) == handled
    assert None not in handled.values()


def test_a_capture_that_stripe_confirms_is_settled(house: House) -> None:
    trip_id = house.completed()
    house.settle(trip_id)
    assert house.order(trip_id)["state"] == "captured"
    deliver(house, "payment_intent.succeeded")
    order = house.order(trip_id)
    assert (order["state"], order["confirmed_at"]) == ("settled", house.now)


def test_a_capture_whose_saga_died_is_booked_by_the_webhook(house: House) -> None:
    trip_id = house.completed()
    made = house.capture(house.settlement(trip_id))
    deliver(house, "payment_intent.succeeded")
    assert house.state(trip_id) == "paid"
    assert house.ledger(trip_id)["taken"] == made.captured_minor
    house.hand.settlement.record_capture(made)  # the saga's answer comes late
    assert house.order(trip_id)["state"] == "settled"
    assert sum(house.ledger(trip_id).values()) == 0


def test_a_capture_whose_answer_was_lost_is_booked_when_stripe_tells_of_it(house: House) -> None:
    trip_id = house.completed()
    prepared = house.settlement(trip_id)
    house.capture(prepared)  # and the answer was lost
    assert house.refused(prepared, "States.Timeout").outcome == "retry"
    assert house.state(trip_id) == "completed"
    deliver(house, "payment_intent.succeeded")
    assert house.state(trip_id) == "paid"
    assert house.refused(prepared, "States.Timeout").outcome == "captured"


@pytest.mark.parametrize("seed", range(12))
def test_webhooks_in_any_order_and_twice_end_in_the_same_books(house: House, seed: int) -> None:
    ridden, cancelled, fee = house.completed(), house.requested(), house.requested()
    house.settle(ridden)
    for trip_id in (cancelled, fee):
        house.hold(trip_id)
    driver_id = house.matched(fee)
    house.later(minutes=3)
    for trip_id in (cancelled, fee):
        house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
        house.settle(trip_id)
    events = house.stripe.events() * 2
    random.Random(seed).shuffle(events)
    for event in events:
        house.webhook(event)
    assert house.order(ridden)["state"] == "settled"
    assert house.order(cancelled)["state"] == "cancelled"
    assert house.order(fee, "cancellation_fee")["state"] == "settled"
    assert house.ledger(fee) == {
        "taken": 500,
        f"driver_payable:{driver_id}": -400,
        "platform_revenue": -100,
    }
    assert house.stripe.totals()["captured_minor"] == house.ledger(ridden)["taken"] + 500
    orphans = {e["detail"]["provider_ref"] for e in house.published.envelopes if e["type"] == "HoldOrphaned"}
    assert orphans <= {house.order(cancelled)["provider_ref"]}  # its hold is released already


def test_a_hold_that_expires_after_the_trip_ended_is_closed(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.hand.trips.give_up(trip_id)
    house.stripe.control("/expire", payment_intent=house.order(trip_id)["provider_ref"])
    deliver(house, "payment_intent.canceled")
    assert house.order(trip_id)["state"] == "cancelled"
    assert house.settle(trip_id) == "nothing"


def test_a_hold_that_expires_under_a_trip_that_goes_on_changes_nothing_yet(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.stripe.control("/expire", payment_intent=house.order(trip_id)["provider_ref"])
    deliver(house, "payment_intent.canceled")
    assert house.order(trip_id)["state"] == "held"


def test_an_event_of_somebody_elses_payment_is_stored_and_changes_nothing(house: House) -> None:
    customer, method = house.stripe.customer_with()
    house.stripe.client.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "customer": customer, "payment_method": method, "confirm": True,
         "off_session": True, "capture_method": "manual"}
    )  # fmt: skip
    for event in house.stripe.events():
        house.webhook(event)
    assert house.rows("select * from payment_orders") == []
    assert set(house.published.types()) == {"StripeEventReceived"}


def test_a_second_hold_for_the_same_order_is_released(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    first = house.placed(prepared)
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))
    house.hand.authorization.record(second)
    for event in house.stripe.events():
        house.webhook(event)
    orphans = [e["detail"]["provider_ref"] for e in house.published.envelopes if e["type"] == "HoldOrphaned"]
    assert orphans == [first.provider_ref]


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "t=1,v1=abc",
        "nonsense",
        "v1=abc",
        "t=notanumber,v1=abc",
        SIGN("{}", "whsec_of_somebody_else"),
        SIGN('{"another": "body"}', SECRET.webhook_secret),
        SIGN("{}", SECRET.webhook_secret, timestamp=int(time.time()) - 301),
    ],
    ids=["none", "empty", "short", "nonsense", "no time", "no number", "forged", "another body", "replayed"],
)
def test_a_forged_or_replayed_webhook_is_refused_and_not_stored(house: House, signature: str | None) -> None:
    with pytest.raises(SignatureInvalidError):
        house.hand.webhooks.receive("{}", signature)
    assert house.rows("select * from stripe_events") == []


@pytest.mark.parametrize("body", ["", "not json", "[]", "{}", '{"id": "evt_1"}', '{"id": 1, "type": [], "data": 0}'])
def test_a_signed_body_that_is_no_event_is_refused_and_not_stored(house: House, body: str) -> None:
    with pytest.raises(MalformedRequestError):
        house.hand.webhooks.receive(body, SIGN(body, SECRET.webhook_secret))
    assert house.rows("select * from stripe_events") == []


def test_one_changed_byte_breaks_the_signature(house: House) -> None:
    body = json.dumps({"id": "evt_1", "type": "t", "data": {"object": {}}})
    signature = SIGN(body, SECRET.webhook_secret)
    for position in itertools.islice(range(len(body)), 0, None, 7):
        forged = body[:position] + chr(ord(body[position]) ^ 1) + body[position + 1 :]
        with pytest.raises(SignatureInvalidError):
            house.hand.webhooks.receive(forged, signature)


def handlings(house: House) -> dict[str, Any]:
    """Times at which the stored events were handled."""
    return {row["event_id"]: row["handled_at"] for row in house.rows("select event_id, handled_at from stripe_events")}


def deliver(house: House, event_type: str) -> dict[str, Any]:
    event: dict[str, Any] = next(e for e in reversed(house.stripe.events()) if e["type"] == event_type)
    house.webhook(event)
    return event
