from typing import Any

import pytest
import stripe

from running_double import API_KEY, Double


def test_a_test_token_is_a_new_card_each_time_it_is_attached(double: Double) -> None:
    customer = double.client.v1.customers.create()
    visa = double.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    mastercard = double.client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    listed = double.client.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data
    assert [each.id for each in listed] == [mastercard.id, visa.id]
    assert [each.card.last4 for each in listed if each.card] == ["4444", "4242"]
    assert [each.id for each in double.client.v1.customers.payment_methods.list(customer.id).data] == [
        mastercard.id,
        visa.id,
    ]
    assert double.event_types() == ["customer.created", "payment_method.attached", "payment_method.attached"]


def test_attaching_a_card_again_to_its_customer_changes_nothing(double: Double) -> None:
    customer, method = double.cardholder()
    double.client.v1.payment_methods.attach(method, {"customer": customer})
    assert double.event_types().count("payment_method.attached") == 1


def test_a_card_belongs_to_one_customer(double: Double) -> None:
    _, method = double.cardholder()
    other = double.client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        double.client.v1.payment_methods.attach(method, {"customer": other.id})


def test_a_detached_card_can_never_be_used_again(double: Double) -> None:
    customer, method = double.cardholder()
    assert double.client.v1.payment_methods.detach(method).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        double.client.v1.payment_methods.attach(method, {"customer": customer})
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        double.client.v1.payment_methods.detach(method)


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
    ],
)
def test_a_declining_card_cannot_be_attached(double: Double, token: str, code: str, decline_code: str | None) -> None:
    customer = double.client.v1.customers.create()
    with pytest.raises(stripe.CardError) as raised:
        double.client.v1.payment_methods.attach(token, {"customer": customer.id})
    assert raised.value.http_status == 402
    assert raised.value.error is not None
    assert raised.value.error.type == "card_error"
    assert (raised.value.code, raised.value.error._data.get("decline_code")) == (code, decline_code)


def test_a_card_that_declines_later_can_be_attached(double: Double) -> None:
    customer, method = double.cardholder("pm_card_chargeCustomerFail")
    assert double.client.v1.payment_methods.retrieve(method).customer == customer


def test_a_phone_makes_a_card_of_a_number_and_a_server_may_not(double: Double) -> None:
    card: Any = {"number": "4242424242424242", "exp_month": 5, "exp_year": 2031, "cvc": "123"}
    phone = double.with_client(key=API_KEY.replace("sk_", "pk_"))
    method = phone.v1.payment_methods.create({"type": "card", "card": card})
    assert method.card is not None
    assert (method.card.last4, method.card.exp_month) == ("4242", 5)
    with pytest.raises(stripe.CardError, match="unsafe"):
        double.client.v1.payment_methods.create({"type": "card", "card": card})


def test_only_an_attached_card_can_be_updated(double: Double) -> None:
    _, method = double.cardholder()
    updated = double.client.v1.payment_methods.update(method, {"metadata": {"nickname": "work"}})
    assert updated.metadata is not None
    assert updated.metadata["nickname"] == "work"
    loose = double.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.payment_methods.update(loose.id, {"metadata": {"nickname": "work"}})
