"""A trip's money from the card to the receipt, through the handlers."""

from uuid import UUID, uuid4

import pytest

from functions.payments import (
    capture_payment,
    get_receipt,
    on_hold_orphaned,
    place_hold,
    prepare_hold,
    prepare_settlement,
    receive_stripe_webhook,
    record_hold,
    record_payment_failure,
    record_release,
    record_settlement,
    reject_hold,
    release_hold,
)
from rideflow.kernel.access import Caller
from rideflow.kernel.geo import Point
from rideflow.kernel.polyline import encoded
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from rideflow.trips.wiring import trips
from tests.functions.cloud import client, forget_wiring
from tests.functions.lambda_events import Answer, LambdaContext, answer, event_of, rest_event, signed_in, sqs_event
from tests.functions.payments.money import Money, step

OCEAN_BEACH = Point(lat=37.7594, lng=-122.5107)


def receipt(trip_id: str, caller: Caller) -> Answer:
    event = rest_event("GET", f"/v1/trips/{trip_id}/receipt", None, caller, path_parameters={"trip_id": trip_id})
    return answer(get_receipt.app, event)


def settle(trip_id: str) -> str:
    prepared = step(prepare_settlement, {"trip_id": trip_id, "driven_distance_m": None, "driven_duration_s": None})
    if prepared["action"] == "capture":
        step(record_settlement, step(capture_payment, prepared))
    elif prepared["action"] == "release":
        step(release_hold, prepared)
        step(record_release, prepared)
    return str(prepared["action"])


@pytest.mark.parametrize("erased", [False, True])
def test_a_settlement_opens_the_line_that_was_driven_unless_one_of_its_people_was_erased(
    money: Money, erased: bool
) -> None:
    """The ride is as long as quoted and took longer; only its line shows that it ended elsewhere."""
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    trip = trips().get(UUID(trip_id))
    people, line = [money.rider.id, money.driver.id], encoded([trip.pickup, OCEAN_BEACH])
    sealed = seals().seal_text(line, people, of_trip(trip.id, "driven_line"))
    if erased:
        client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": str(money.driver.id)}})
        forget_wiring()

    prepared = step(
        prepare_settlement,
        {
            "trip_id": trip_id,
            "driven_distance_m": trip.quoted_distance_m,
            "driven_duration_s": trip.quoted_duration_s + 1_800,
            "driven_line": sealed,
            "coverage": 1.0,
        },
    )

    assert (prepared["amount_minor"] > trip.quoted_amount_minor) == (not erased)


def test_a_ride_is_paid_and_rider_and_driver_see_the_same_breakdown(money: Money) -> None:
    money.add_card()
    quote = money.quote().body
    trip_id = money.requested()
    assert money.hold(trip_id)["outcome"] == "held"
    money.ride(trip_id)
    assert receipt(trip_id, money.rider).code == "receipt_not_found"
    assert settle(trip_id) == "capture"

    shown = receipt(trip_id, money.rider)
    assert shown.status == 200
    assert shown.body["breakdown"] == quote["breakdown"]
    assert (shown.body["amount_minor"], shown.body["currency"]) == (quote["amount_minor"], "USD")
    assert shown.body["card"] == {"brand": "visa", "last4": "4242"}
    assert money.state(trip_id) == "paid"
    assert sum(money.ledger(trip_id).values()) == 0
    assert money.ledger(trip_id)["taken"] == money.stripe.totals()["captured_minor"]

    drivers = receipt(trip_id, money.driver)
    assert {**drivers.body, "card": shown.body["card"]} == shown.body
    assert drivers.body["card"] is None
    assert receipt(trip_id, signed_in("operator")).status == 200
    for stranger in (signed_in("rider"), signed_in("driver")):
        assert (receipt(trip_id, stranger).status, receipt(trip_id, stranger).code) == (404, "receipt_not_found")
    assert receipt(str(uuid4()), money.rider).status == 404


def paid(money: Money) -> str:
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    assert settle(trip_id) == "capture"
    return trip_id


def test_a_receipt_shows_a_card_that_was_detached_since(money: Money) -> None:
    trip_id = paid(money)
    (card,) = money.cards()
    money.stripe.client.v1.payment_methods.detach(card["id"])
    money.deliver_webhooks()
    assert money.cards() == []

    assert receipt(trip_id, money.rider).body["card"] == {"brand": "visa", "last4": "4242"}


def test_a_receipt_shows_the_card_that_paid_and_not_the_rider_s_other_one(money: Money) -> None:
    trip_id = paid(money)
    money.add_card("pm_card_mastercard")
    money.cloud.rows("update payment_methods set made_default_at = now() where brand = 'mastercard'")

    assert receipt(trip_id, money.rider).body["card"] == {"brand": "visa", "last4": "4242"}


def test_the_receipt_of_a_rider_whose_data_are_erased_stays_and_shows_no_card(money: Money) -> None:
    trip_id = paid(money)
    before = receipt(trip_id, money.rider).body

    money.cloud.rows("delete from payment_methods")

    assert receipt(trip_id, money.rider).body == {**before, "card": None}
    assert receipt(trip_id, money.driver).status == 200


def test_a_ride_that_newer_code_has_quoted_is_paid_as_it_was_quoted(money: Money) -> None:
    """After a rollback, the older release settles rides that the newer one began."""
    money.add_card()
    quote = money.quote().body
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    money.cloud.rows('update quotes set rate = rate || \'{"night_factor": "1.2"}\'')

    assert settle(trip_id) == "capture"

    assert receipt(trip_id, money.rider).body["amount_minor"] == quote["amount_minor"]


def test_committed_events_reach_the_bus(money: Money) -> None:
    money.add_card()
    money.cloud.rows("delete from outbox")
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    settle(trip_id)
    published = money.cloud.published()
    types = [event["detail-type"] for event in published]
    assert [name for name in types if name.startswith("Payment")] == ["PaymentHeld", "PaymentCaptured"]
    assert types.count("TripMatching") == types.count("TripPaid") == 1
    committed = {str(row["id"]) for row in money.cloud.rows("select id from outbox")}
    assert {event["detail"]["id"] for event in published} == committed


def test_a_declined_card_is_told_to_the_saga_by_the_name_it_catches(money: Money) -> None:
    money.add_card("pm_card_chargeCustomerFail")
    trip_id = money.requested()
    prepared = step(prepare_hold, {"trip_id": trip_id})
    with pytest.raises(Exception) as declined:  # noqa: PT011 - the name is what is tested
        step(place_hold, prepared)
    assert type(declined.value).__name__ == "PaymentDeclinedError"
    step(reject_hold, {"trip_id": trip_id, "reason": "card_declined"})
    assert money.state(trip_id) == "cancelled"
    assert settle(trip_id) == "nothing"


def test_a_stripe_that_does_not_answer_is_told_to_the_saga_by_the_name_it_retries(money: Money) -> None:
    money.add_card()
    prepared = step(prepare_hold, {"trip_id": money.requested()})
    money.stripe.fault("reset", times=3)
    with pytest.raises(Exception) as unavailable:  # noqa: PT011 - the name is what is tested
        step(place_hold, prepared)
    assert type(unavailable.value).__name__ == "ProviderUnavailableError"
    assert step(place_hold, prepared)["held_minor"] == prepared["amount_minor"]


def test_a_trip_cancelled_during_the_hold_hands_the_match_saga_the_hold_to_release(money: Money) -> None:
    money.add_card()
    trip_id = money.requested()
    placed = step(place_hold, step(prepare_hold, {"trip_id": trip_id}))
    trips().cancel(money.rider.id, UUID(trip_id), None)
    assert settle(trip_id) == "nothing"

    recorded = step(record_hold, placed)
    assert recorded["outcome"] == "ended"
    step(release_hold, recorded)
    step(record_release, recorded)
    assert money.stripe.totals()["held_minor"] == 0


def test_a_failed_capture_says_how_long_to_wait(money: Money) -> None:
    money.add_card()
    trip_id = money.requested()
    money.hold(trip_id)
    money.ride(trip_id)
    prepared = step(prepare_settlement, {"trip_id": trip_id})
    failure = step(record_payment_failure, {"order_id": prepared["order_id"], "error": "PaymentDeclinedError"})
    assert (failure["outcome"], failure["wait_s"]) == ("retry", 60)
    assert (failure["settlement"]["action"], failure["settlement"]["order_id"]) == ("release", prepared["order_id"])


def test_an_orphaned_hold_is_released_and_again_without_harm(money: Money) -> None:
    money.add_card()
    trip_id = money.requested()
    placed = step(place_hold, step(prepare_hold, {"trip_id": trip_id}))  # and the saga died
    trips().cancel(money.rider.id, UUID(trip_id), None)
    settle(trip_id)
    money.cloud.published()
    for event in money.stripe.events():
        if event["type"] == "payment_intent.amount_capturable_updated":
            money.deliver_webhooks([event])
    orphans = money.orphans
    assert [orphan["detail"]["provider_ref"] for orphan in orphans] == [placed["provider_ref"]]
    batch = sqs_event(*[event_of(o["detail-type"], o["source"], o["detail"]) for o in orphans * 2])
    assert on_hold_orphaned.app(batch, LambdaContext()) == {"batchItemFailures": []}
    assert money.stripe.totals()["held_minor"] == 0


def test_a_webhook_without_a_good_signature_is_refused_and_not_stored(money: Money) -> None:
    refused = money.webhook('{"id": "evt_1", "type": "t", "data": {"object": {}}}', "t=1,v1=forged")
    assert (refused.status, refused.code) == (400, "signature_invalid")
    event = rest_event("POST", "/v1/webhooks/stripe", "{}")
    assert answer(receive_stripe_webhook.app, event).status == 400
    assert money.cloud.rows("select * from stripe_events") == []


@pytest.mark.parametrize("header", ["stripe-signature", "STRIPE-SIGNATURE", "Stripe-Signature"])
def test_a_webhooks_signature_is_read_however_its_header_is_spelled(money: Money, header: str) -> None:
    assert money.webhook('{"id": "evt_1", "type": "x.y", "data": {"object": {}}}', header=header).status == 200


def test_a_signed_webhook_with_white_space_and_letters_of_any_alphabet_is_verified_as_it_was_sent(
    money: Money,
) -> None:
    body = '{ "id" : "evt_ü",\n "type":"x.y", "data": {"object": {"name": "Zoë \U0001f697"}} }'
    assert money.webhook(body).body == {"received": True}
    assert [row["event_id"] for row in money.cloud.rows("select event_id from stripe_events")] == ["evt_ü"]
