"""How long a hold lasts, by the card's network and by whether its holder was there."""

from typing import Any

import pytest
import stripe

from running_double import Double

HOUR_S = 60 * 60
DAY_S = 24 * HOUR_S
VISA_OFF_SESSION_S = 4 * DAY_S + 18 * HOUR_S


def _charge(intent: stripe.PaymentIntent) -> dict[str, Any]:
    assert isinstance(intent.latest_charge, stripe.Charge)
    return dict(intent.latest_charge.to_dict())


@pytest.mark.parametrize(
    ("card", "off_session", "lifetime_s"),
    [
        ("pm_card_visa", True, VISA_OFF_SESSION_S),
        ("pm_card_visa", False, 7 * DAY_S),
        ("pm_card_mastercard", True, 7 * DAY_S),
        ("pm_card_mastercard", False, 7 * DAY_S),
        ("pm_card_amex", True, 7 * DAY_S),
        ("pm_card_discover", True, 7 * DAY_S),
        ("pm_card_jcb", True, 7 * DAY_S),
    ],
)
def test_a_hold_ends_when_its_network_says(double: Double, card: str, off_session: bool, lifetime_s: int) -> None:
    more: dict[str, Any] = {"expand": ["latest_charge"]}
    on_session: dict[str, Any] = {"off_session": False, "allowed_payment_method_types": ["card"]}
    charge = _charge(double.hold(card=card, **(more if off_session else more | on_session)))
    assert charge["payment_method_details"]["card"]["capture_before"] - charge["created"] == lifetime_s


def test_a_hold_whose_holder_authenticated_is_on_session(double: Double) -> None:
    more: dict[str, Any] = {"off_session": False, "allowed_payment_method_types": ["card"]}
    waiting = double.hold(card="pm_card_authenticationRequired", **more)
    double.control("/authenticate", intent=waiting.id)
    charge = _charge(double.client.v1.payment_intents.retrieve(waiting.id, {"expand": ["latest_charge"]}))
    assert charge["payment_method_details"]["card"]["capture_before"] - charge["created"] == 7 * DAY_S


def test_a_visa_hold_of_a_server_is_gone_before_the_fifth_day_ends(double: Double) -> None:
    early, late = double.hold(), double.hold()
    double.control("/clock", advance_s=VISA_OFF_SESSION_S - 60)
    assert double.client.v1.payment_intents.capture(early.id).status == "succeeded"
    double.control("/clock", advance_s=60)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.capture(late.id)
    assert raised.value.code == "charge_expired_for_capture"


def test_a_charge_that_is_captured_at_once_has_no_such_date(double: Double) -> None:
    charge = _charge(double.hold(capture_method="automatic", expand=["latest_charge"]))
    assert "capture_before" not in charge["payment_method_details"]["card"]


@pytest.mark.parametrize(
    ("currency", "least", "shown"),
    [
        ("usd", 50, "0.50 usd"),
        ("eur", 50, "0.50 eur"),
        ("gbp", 30, "0.30 gbp"),
        ("mxn", 1000, "10.00 mxn"),
        ("huf", 17500, "175.00 huf"),
        ("jpy", 50, "50 jpy"),
    ],
)
def test_less_than_the_least_amount_is_refused(double: Double, currency: str, least: int, shown: str) -> None:
    assert double.hold(least, currency=currency).status == "requires_capture"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.hold(least - 1, currency=currency)
    assert (raised.value.code, raised.value.param) == ("amount_too_small", "amount")
    assert shown in str(raised.value)


def test_an_amount_cannot_be_updated_below_the_least(double: Double) -> None:
    intent = double.client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.update(intent.id, {"amount": 49})
    assert raised.value.code == "amount_too_small"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.update(intent.id, {"currency": "mxn"})
    assert raised.value.code == "amount_too_small"
