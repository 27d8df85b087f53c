from typing import Any

import pytest
import stripe

from running_double import API_KEY, Double

PHONE = API_KEY.replace("sk_", "pk_")


def _created(double: Double, customer: str) -> stripe.SetupIntent:
    return double.client.v1.setup_intents.create({"customer": customer, "allowed_payment_method_types": ["card"]})


def test_a_phone_confirms_with_the_client_secret_and_the_card_is_stored(double: Double) -> None:
    customer = double.client.v1.customers.create()
    intent = _created(double, customer.id)
    given: Any = {"client_secret": intent.client_secret, "payment_method": "pm_card_visa"}
    confirmed = double.with_client(key=PHONE).v1.setup_intents.confirm(intent.id, given)
    assert confirmed.status == "succeeded"
    cards = double.client.v1.payment_methods.list({"customer": customer.id}).data
    assert [card.id for card in cards] == [confirmed.payment_method]
    assert double.event_types() == [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]


@pytest.mark.parametrize("secret", [None, "seti_1_secret_forged"])
def test_a_phone_without_the_client_secret_gets_nowhere(double: Double, secret: str | None) -> None:
    intent = _created(double, double.client.v1.customers.create().id)
    given = {"payment_method": "pm_card_visa"} | ({"client_secret": secret} if secret else {})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.with_client(key=PHONE).v1.setup_intents.confirm(intent.id, given)  # type: ignore[arg-type]
    assert raised.value.param == "client_secret"
    assert double.client.v1.setup_intents.retrieve(intent.id).status == "requires_payment_method"


def test_a_phone_cannot_do_what_only_a_server_may(double: Double) -> None:
    with pytest.raises(stripe.AuthenticationError, match="secret API key"):
        double.with_client(key=PHONE).v1.customers.create()


def test_a_declined_card_is_not_stored_and_the_intent_says_why(double: Double) -> None:
    customer = double.client.v1.customers.create()
    intent = _created(double, customer.id)
    with pytest.raises(stripe.CardError) as raised:
        double.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclined"})
    assert raised.value.error is not None
    assert raised.value.error.setup_intent is not None
    assert raised.value.error.setup_intent.id == intent.id
    read = double.client.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]})
    assert (read.status, read.payment_method) == ("requires_payment_method", None)
    assert read.last_setup_error is not None
    assert read.last_setup_error.decline_code == "generic_decline"
    assert isinstance(read.latest_attempt, stripe.SetupAttempt)
    assert read.latest_attempt.status == "failed"
    assert double.client.v1.payment_methods.list({"customer": customer.id}).data == []
    assert double.event_types()[-1] == "setup_intent.setup_failed"


@pytest.mark.parametrize(
    ("outcome", "status", "event"),
    [
        ("succeed", "succeeded", "setup_intent.succeeded"),
        ("fail", "requires_payment_method", "setup_intent.setup_failed"),
    ],
)
def test_a_card_may_want_its_holder_to_authenticate(double: Double, outcome: str, status: str, event: str) -> None:
    intent = _created(double, double.client.v1.customers.create().id)
    waiting = double.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_authenticationRequired"})
    assert waiting.status == "requires_action"
    assert waiting.next_action is not None
    double.control("/authenticate", intent=intent.id, outcome=outcome)
    assert double.client.v1.setup_intents.retrieve(intent.id).status == status
    assert double.event_types()[-1] == event
    attempts = double.client.v1.setup_attempts.list({"setup_intent": intent.id}).data
    assert [attempt.status for attempt in attempts] == ["succeeded" if outcome == "succeed" else "failed"]


def test_a_canceled_intent_cannot_be_confirmed(double: Double) -> None:
    intent = _created(double, double.client.v1.customers.create().id)
    double.client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert raised.value.code == "setup_intent_unexpected_state"


def test_redirecting_payment_methods_need_a_return_url(double: Double) -> None:
    intent = double.client.v1.setup_intents.create({"customer": double.client.v1.customers.create().id})
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        double.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    given = {"payment_method": "pm_card_visa", "return_url": "https://shop.example/back"}
    assert double.client.v1.setup_intents.confirm(intent.id, given).status == "succeeded"  # type: ignore[arg-type]


def test_the_bank_can_be_made_to_decline_the_setup(double: Double) -> None:
    customer = double.client.v1.customers.create()
    double.fault("decline", operation="setup", customer=customer.id, decline="lost_card")
    intent = _created(double, customer.id)
    with pytest.raises(stripe.CardError):
        double.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert double.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
