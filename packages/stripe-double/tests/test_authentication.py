"""A card's bank wants its holder: on session a payment waits for a phone, off session it is declined."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import stripe

from running_double import API_KEY, Double

PHONE = API_KEY.replace("sk_", "pk_")
WANTS_HOLDER = "pm_card_authenticationRequired"
DAY_S = 24 * 60 * 60


def _on_session(double: Double, card: str = WANTS_HOLDER, **more: Any) -> stripe.PaymentIntent:
    """A hold that a server places while the customer is there, as it would with a saved card."""
    ways = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}, "off_session": False}
    return double.hold(card=card, **{**ways, **more})


def _action(intent: stripe.PaymentIntent | stripe.SetupIntent) -> dict[str, Any]:
    assert intent.next_action is not None
    return dict(intent.next_action.to_dict())


def _decide(address: str, outcome: str) -> httpx.Response:
    """What a phone's browser does at the bank's page."""
    return httpx.post(address, data={"outcome": outcome}, trust_env=False)


def test_a_hold_on_session_waits_and_tells_the_phone_where_to_authenticate(double: Double) -> None:
    waiting = _on_session(double)

    assert (waiting.status, waiting.amount_capturable, waiting.latest_charge) == ("requires_action", 0, None)
    action = _action(waiting)
    assert action["type"] == "use_stripe_sdk"
    assert action["use_stripe_sdk"]["stripe_js"].startswith(double.url)
    assert double.event_types()[-2:] == ["payment_intent.created", "payment_intent.requires_action"]


def test_a_phone_confirms_with_the_client_secret_and_its_holder_authenticates(double: Double) -> None:
    waiting = _on_session(double)
    given: Any = {"client_secret": waiting.client_secret, "return_url": "myapp://rides?from=bank"}
    action = _action(double.with_client(key=PHONE).v1.payment_intents.confirm(waiting.id, given))
    address = action["redirect_to_url"]["url"]
    page = httpx.get(address, trust_env=False)
    assert page.status_code == 200
    assert "20.00 usd" in page.text

    back = _decide(address, "succeed")

    assert back.status_code == 303
    told = urlsplit(back.headers["location"])
    assert (told.scheme, told.netloc) == ("myapp", "rides")
    assert parse_qs(told.query) == {
        "from": ["bank"],
        "payment_intent": [waiting.id],
        "payment_intent_client_secret": [waiting.client_secret],
        "redirect_status": ["succeeded"],
    }
    held = double.client.v1.payment_intents.retrieve(waiting.id, {"expand": ["latest_charge"]})
    assert (held.status, held.amount_capturable, held.next_action) == ("requires_capture", 2000, None)
    assert isinstance(held.latest_charge, stripe.Charge)
    card = held.latest_charge.to_dict()["payment_method_details"]["card"]
    assert card["three_d_secure"]["result"] == "authenticated"
    assert double.event_types()[-2:] == ["charge.succeeded", "payment_intent.amount_capturable_updated"]
    assert double.client.v1.payment_intents.capture(waiting.id).status == "succeeded"


def test_the_phone_reads_the_outcome_with_the_client_secret(double: Double) -> None:
    waiting = _on_session(double)
    _decide(_action(waiting)["use_stripe_sdk"]["stripe_js"], "succeed")
    given: Any = {"client_secret": waiting.client_secret}
    assert double.with_client(key=PHONE).v1.payment_intents.retrieve(waiting.id, given).status == "requires_capture"
    with pytest.raises(stripe.InvalidRequestError):
        double.with_client(key=PHONE).v1.payment_intents.retrieve(waiting.id)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("fail", "payment_intent_authentication_failure"), ("expire", "payment_intent_payment_attempt_expired")],
)
def test_a_holder_who_does_not_authenticate_is_not_charged(double: Double, outcome: str, code: str) -> None:
    waiting = _on_session(double)

    double.control("/authenticate", intent=waiting.id, outcome=outcome)

    read = double.client.v1.payment_intents.retrieve(waiting.id)
    assert (read.status, read.payment_method, read.latest_charge) == ("requires_payment_method", None, None)
    assert read.last_payment_error is not None
    assert (read.last_payment_error.code, read.last_payment_error.type) == (code, "invalid_request_error")
    assert read.last_payment_error.payment_method is not None
    assert double.event_types()[-2:] == ["payment_intent.requires_action", "payment_intent.payment_failed"]
    assert double.client.v1.charges.list().data == []


def test_a_holder_who_never_comes_lets_the_attempt_expire(double: Double) -> None:
    waiting = _on_session(double)
    double.control("/clock", advance_s=DAY_S - 60)
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "requires_action"
    double.control("/clock", advance_s=60)
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "requires_payment_method"
    assert double.event_types()[-1] == "payment_intent.payment_failed"


def test_after_a_failure_the_phone_may_try_again(double: Double) -> None:
    waiting = _on_session(double)
    card = waiting.payment_method
    double.control("/authenticate", intent=waiting.id, outcome="fail")
    given: Any = {"client_secret": waiting.client_secret, "payment_method": card, "return_url": "https://shop.example"}
    again = double.with_client(key=PHONE).v1.payment_intents.confirm(waiting.id, given)
    assert again.status == "requires_action"
    _decide(_action(again)["redirect_to_url"]["url"], "succeed")
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "requires_capture"


def test_a_waiting_payment_can_be_canceled_and_its_page_is_then_gone(double: Double) -> None:
    waiting = _on_session(double)
    address = _action(waiting)["use_stripe_sdk"]["stripe_js"]
    assert double.client.v1.payment_intents.cancel(waiting.id).status == "canceled"
    assert httpx.get(address, trust_env=False).status_code == 404
    assert _decide(address, "succeed").status_code == 404
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "canceled"


@pytest.mark.parametrize("change", [("secret_", "secret_x"), ("pi_3", "pi_4"), ("payment_intent=", "nothing=")])
def test_only_the_client_secret_opens_the_page(double: Double, change: tuple[str, str]) -> None:
    waiting = _on_session(double)
    address = _action(waiting)["use_stripe_sdk"]["stripe_js"].replace(*change)
    assert _decide(address, "succeed").status_code == 404
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "requires_action"


def test_a_card_is_saved_at_the_same_page(double: Double) -> None:
    intent = double.client.v1.setup_intents.create({"allowed_payment_method_types": ["card"]})
    given: Any = {"client_secret": intent.client_secret, "payment_method": WANTS_HOLDER}
    waiting = double.with_client(key=PHONE).v1.setup_intents.confirm(intent.id, given)
    address = _action(waiting)["use_stripe_sdk"]["stripe_js"]
    assert "a saved card" in httpx.get(address, trust_env=False).text
    assert _decide(address, "nonsense").status_code == 400
    assert _decide(address, "succeed").status_code == 200
    assert double.client.v1.setup_intents.retrieve(intent.id).status == "succeeded"


def test_a_setup_whose_holder_never_comes_expires(double: Double) -> None:
    intent = double.client.v1.setup_intents.create({"allowed_payment_method_types": ["card"]})
    double.client.v1.setup_intents.confirm(intent.id, {"payment_method": WANTS_HOLDER})
    double.control("/clock", advance_s=DAY_S)
    read = double.client.v1.setup_intents.retrieve(intent.id)
    assert read.last_setup_error is not None
    assert (read.status, read.last_setup_error.code) == (
        "requires_payment_method",
        "setup_intent_setup_attempt_expired",
    )


def test_without_its_holder_such_a_card_is_declined(double: Double) -> None:
    """https://docs.stripe.com/payments/save-and-reuse: the customer has to come back on session."""
    with pytest.raises(stripe.CardError) as raised:
        double.hold(card=WANTS_HOLDER)
    error = raised.value.error
    assert error is not None
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.payment_intent is not None
    assert error.payment_intent.status == "requires_payment_method"
    assert double.event_types()[-2:] == ["charge.failed", "payment_intent.payment_failed"]

    card = error.payment_method
    assert card is not None
    given: Any = {
        "client_secret": error.payment_intent.client_secret,
        "payment_method": card.id,
        "return_url": "https://shop.example/back",
    }
    waiting = double.with_client(key=PHONE).v1.payment_intents.confirm(error.payment_intent.id, given)
    assert waiting.status == "requires_action"
    double.control("/authenticate", intent=waiting.id)
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "requires_capture"


def test_a_bank_wants_the_holder_of_any_card_on_demand(double: Double) -> None:
    double.fault("challenge", metadata={"order_id": "t1"}, times=2)
    assert _on_session(double, "pm_card_visa", metadata={"order_id": "t2"}).status == "requires_capture"
    assert _on_session(double, "pm_card_visa", metadata={"order_id": "t1"}).status == "requires_action"
    with pytest.raises(stripe.CardError) as raised:
        double.hold(metadata={"order_id": "t1"})
    assert raised.value.code == "authentication_required"


@pytest.mark.parametrize(
    ("card", "asked", "status"),
    [
        ("pm_card_threeDSecureOptional", "automatic", "requires_capture"),
        ("pm_card_threeDSecureOptional", "any", "requires_action"),
        ("pm_card_threeDSecureOptional", "challenge", "requires_action"),
        ("pm_card_visa", "any", "requires_capture"),
    ],
)
def test_a_server_asks_for_the_holder(double: Double, card: str, asked: str, status: str) -> None:
    options = {"card": {"request_three_d_secure": asked}}
    assert _on_session(double, card, payment_method_options=options).status == status


def test_with_manual_confirmation_the_server_confirms_once_more(double: Double) -> None:
    """https://docs.stripe.com/payments/finalize-payments-on-the-server."""
    waiting = _on_session(double, confirmation_method="manual")
    phone: Any = {"client_secret": waiting.client_secret}
    with pytest.raises(stripe.InvalidRequestError, match="only a secret key"):
        double.with_client(key=PHONE).v1.payment_intents.confirm(waiting.id, phone)
    double.control("/authenticate", intent=waiting.id)
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == "requires_confirmation"
    assert double.client.v1.payment_intents.confirm(waiting.id).status == "requires_capture"
