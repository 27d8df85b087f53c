from typing import Any

import pytest
import stripe

from running_double import WEBHOOK_SECRET, Double, Receiver

CAPTURED = [
    "customer.created",
    "payment_method.attached",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.amount_capturable_updated",
    "charge.captured",
    "payment_intent.succeeded",
]


def test_events_arrive_signed_and_in_order(double: Double, receiver: Receiver) -> None:
    held = double.hold()
    double.client.v1.payment_intents.capture(held.id)
    receiver.wait(lambda: len(receiver.arrived) == len(CAPTURED))
    assert receiver.types() == CAPTURED
    assert receiver.events()[-1].data.object["id"] == held.id


def test_a_forged_body_does_not_verify(double: Double, receiver: Receiver) -> None:
    double.client.v1.customers.create()
    receiver.wait(lambda: len(receiver.arrived) == 1)
    body, signature = receiver.arrived[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, WEBHOOK_SECRET)


def test_an_event_names_the_request_that_caused_it(double: Double, receiver: Receiver) -> None:
    customer = double.client.v1.customers.create({}, {"idempotency_key": "k1"})
    receiver.wait(lambda: len(receiver.arrived) == 1)
    request = receiver.events()[0].request
    assert request is not None
    assert customer.last_response is not None
    assert (request.id, request.idempotency_key) == (customer.last_response.request_id, "k1")


def test_an_endpoint_gets_only_what_it_asked_for(double: Double, receiver: Receiver) -> None:
    endpoint = double.client.v1.webhook_endpoints.list().data[0]
    wanted: Any = ["payment_intent.succeeded"]
    double.client.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": wanted})
    double.hold(capture_method="automatic")
    receiver.wait(lambda: len(receiver.arrived) == 1)
    assert receiver.types() == wanted


def test_a_failed_delivery_is_tried_again(double: Double, receiver: Receiver) -> None:
    receiver.statuses = [500, 200]
    customer = double.client.v1.customers.create()
    receiver.wait(lambda: len(receiver.arrived) == 2)
    first, second = receiver.events()
    assert first.id == second.id
    assert second.data.object["id"] == customer.id
    attempts = double.shown("/deliveries")["attempts"]
    assert [attempt["number"] for attempt in attempts] == [1, 2]


def test_delivery_is_given_up_after_the_last_try(double: Double, receiver: Receiver) -> None:
    receiver.statuses = [503]
    double.client.v1.customers.create()
    receiver.wait(lambda: len(receiver.arrived) == 3)
    undelivered = double.client.v1.events.list({"delivery_success": False}).data
    assert [event.pending_webhooks for event in undelivered] == [1]
    receiver.statuses = [200]
    double.control(f"/events/{undelivered[0].id}/resend")
    receiver.wait(lambda: len(receiver.arrived) == 4)


def test_an_event_is_delivered_twice_on_demand(double: Double, receiver: Receiver) -> None:
    double.control("/webhook_faults", action="duplicate", copies=3, type="customer.*")
    double.client.v1.customers.create()
    receiver.wait(lambda: len(receiver.arrived) == 3)
    assert len({event.id for event in receiver.events()}) == 1


def test_an_event_is_dropped_on_demand(double: Double, receiver: Receiver) -> None:
    double.control("/webhook_faults", action="drop", type="charge.succeeded")
    double.hold(capture_method="automatic")
    receiver.wait(lambda: "payment_intent.succeeded" in receiver.types())
    assert "charge.succeeded" not in receiver.types()
    assert "charge.succeeded" in double.event_types()


def test_an_event_is_delayed_on_demand(double: Double, receiver: Receiver) -> None:
    double.control("/webhook_faults", action="delay", seconds=0.1, type="payment_intent.created")
    double.hold(capture_method="automatic")
    receiver.wait(lambda: len(receiver.arrived) == 5)
    assert receiver.types()[-1] == "payment_intent.created"


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ({}, ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]),
        ({"reverse": True}, ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]),
        (
            {"order": ["payment_intent.succeeded", "payment_intent.created"]},
            ["payment_intent.succeeded", "payment_intent.created", "charge.succeeded"],
        ),
    ],
)
def test_held_events_are_sent_in_the_order_asked_for(
    double: Double, receiver: Receiver, asked: dict[str, object], order: list[str]
) -> None:
    double.control("/webhook_faults", action="hold", times=None, metadata={"order_id": "t1"})
    double.hold(capture_method="automatic", metadata={"order_id": "t1"})
    receiver.wait(lambda: len(receiver.arrived) == 2)
    assert len(double.shown("/deliveries")["held"]) == 3
    double.control("/webhooks/release", **asked)
    receiver.wait(lambda: len(receiver.arrived) == 5)
    assert receiver.types()[2:] == order


def test_shuffling_is_repeatable_by_its_seed(double: Double, receiver: Receiver) -> None:
    orders = []
    for _ in range(2):
        double.control("/reset")
        double.control("/webhook_faults", action="hold", times=None)
        double.client.v1.payment_intents.capture(double.hold().id)
        receiver.arrived.clear()
        double.control("/webhooks/release", shuffle=4)
        receiver.wait(lambda: len(receiver.arrived) == len(CAPTURED))
        orders.append(receiver.types())
    assert orders[0] == orders[1] != CAPTURED
    assert sorted(orders[0]) == sorted(CAPTURED)


def test_the_signing_secret_is_shown_once(double: Double) -> None:
    created = double.client.v1.webhook_endpoints.create(
        {"url": "https://shop.example/hook", "enabled_events": ["*"], "description": "ours"}
    )
    assert created.secret == WEBHOOK_SECRET
    assert "secret" not in double.client.v1.webhook_endpoints.retrieve(created.id)
    assert double.client.v1.webhook_endpoints.delete(created.id).deleted
    assert double.client.v1.webhook_endpoints.list().data == []


def test_an_endpoint_must_be_an_address(double: Double) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.webhook_endpoints.create({"url": "nowhere", "enabled_events": ["*"]})
    assert raised.value.code == "url_invalid"


def test_while_a_signing_secret_is_rolled_events_are_signed_with_both(double: Double, receiver: Receiver) -> None:
    double.control("/secrets", webhook_secrets=["whsec_new", WEBHOOK_SECRET])
    double.client.v1.customers.create()
    receiver.wait(lambda: len(receiver.arrived) == 1)
    body, signature = receiver.arrived[0]
    for secret in ("whsec_new", WEBHOOK_SECRET):
        stripe.Webhook.construct_event(body, signature, secret)
    double.control("/secrets", webhook_secrets=["whsec_new"])
    double.client.v1.customers.create()
    receiver.wait(lambda: len(receiver.arrived) == 2)
    body, signature = receiver.arrived[1]
    stripe.Webhook.construct_event(body, signature, "whsec_new")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET)
