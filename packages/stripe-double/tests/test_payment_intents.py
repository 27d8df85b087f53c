from typing import Any

import pytest
import stripe

from running_double import Double


def _totals(double: Double) -> dict[str, object]:
    return double.shown("/totals?key=order_id")


def test_a_hold_is_captured_in_part_and_the_rest_is_given_up(double: Double) -> None:
    held = double.hold(2000, metadata={"order_id": "t1"})
    assert (held.status, held.amount_capturable) == ("requires_capture", 2000)
    assert _totals(double)["held_minor"] == 2000
    taken = double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1550, "expand": ["latest_charge"]})
    assert (taken.status, taken.amount, taken.amount_received, taken.amount_capturable) == ("succeeded", 2000, 1550, 0)
    charge = taken.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1550, 0)
    totals = _totals(double)
    assert (totals["captured_minor"], totals["held_minor"], totals["refunded_minor"]) == (1550, 0, 0)
    assert totals["payment_intents"] == {"succeeded": 1}
    order = {"captured_minor": 1550, "refunded_minor": 0, "held_minor": 0, "payment_intents": 1}
    assert totals["by_metadata"] == {"t1": order}


def test_events_of_a_hold_and_its_capture_come_in_stripes_order(double: Double) -> None:
    held = double.hold()
    double.client.v1.payment_intents.capture(held.id)
    assert double.event_types()[2:] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


def test_an_event_shows_its_object_as_it_was_then(double: Double) -> None:
    held = double.hold()
    double.client.v1.payment_intents.capture(held.id)
    events = double.client.v1.events.list({"types": ["payment_intent.*"]}).data
    statuses = [event.data.object["status"] for event in events][::-1]
    assert statuses == ["requires_confirmation", "requires_capture", "succeeded"]


def test_automatic_capture_takes_the_money_at_once(double: Double) -> None:
    paid = double.hold(capture_method="automatic")
    assert (paid.status, paid.amount_received) == ("succeeded", 2000)
    assert double.event_types()[2:] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_more_than_is_held_cannot_be_captured(double: Double) -> None:
    held = double.hold(2000)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 2001})
    assert (raised.value.code, raised.value.param) == ("amount_too_large", "amount_to_capture")
    assert double.client.v1.payment_intents.retrieve(held.id).status == "requires_capture"


def test_a_second_capture_is_an_error_that_shows_the_intent(double: Double) -> None:
    held = double.hold()
    double.client.v1.payment_intents.capture(held.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.capture(held.id)
    assert (raised.value.http_status, raised.value.code) == (400, "payment_intent_unexpected_state")
    assert raised.value.error is not None
    assert raised.value.error.payment_intent is not None
    assert raised.value.error.payment_intent.status == "succeeded"


def test_canceling_gives_up_the_hold_and_takes_nothing(double: Double) -> None:
    held = double.hold()
    ended = double.client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "requested_by_customer"})
    assert (ended.status, ended.cancellation_reason, ended.amount_capturable) == (
        "canceled",
        "requested_by_customer",
        0,
    )
    assert ended.canceled_at is not None
    assert double.event_types()[-2:] == ["payment_intent.amount_capturable_updated", "payment_intent.canceled"]
    assert double.client.v1.refunds.list().data == []
    assert _totals(double) | {"by_metadata": None} == {
        "captured_minor": 0,
        "refunded_minor": 0,
        "held_minor": 0,
        "fees_minor": 0,
        "payment_intents": {"canceled": 1},
        "by_metadata": None,
    }


@pytest.mark.parametrize("action", ["cancel", "capture", "confirm"])
def test_a_canceled_intent_stays_canceled(double: Double, action: str) -> None:
    held = double.hold()
    double.client.v1.payment_intents.cancel(held.id)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        getattr(double.client.v1.payment_intents, action)(held.id)
    assert raised.value.code == "payment_intent_unexpected_state"


def test_a_paid_intent_cannot_be_canceled(double: Double) -> None:
    paid = double.hold(capture_method="automatic")
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        double.client.v1.payment_intents.cancel(paid.id)


def test_a_card_that_declines_after_it_was_attached_fails_the_payment(double: Double) -> None:
    with pytest.raises(stripe.CardError) as raised:
        double.hold(card="pm_card_chargeCustomerFail")
    error = raised.value.error
    assert error is not None
    assert (raised.value.http_status, error.code, error.decline_code) == (402, "card_declined", "generic_decline")
    assert error.payment_intent is not None
    read = double.client.v1.payment_intents.retrieve(error.payment_intent.id, {"expand": ["latest_charge"]})
    assert (read.status, read.payment_method) == ("requires_payment_method", None)
    assert read.last_payment_error is not None
    assert read.last_payment_error.decline_code == "generic_decline"
    assert isinstance(read.latest_charge, stripe.Charge)
    assert (read.latest_charge.status, read.latest_charge.id) == ("failed", error.charge)
    assert double.event_types()[2:] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_a_failed_payment_can_be_confirmed_with_another_card(double: Double) -> None:
    with pytest.raises(stripe.CardError) as raised:
        double.hold(card="pm_card_chargeCustomerFail")
    assert raised.value.error is not None
    assert raised.value.error.payment_intent is not None
    given = {"payment_method": "pm_card_visa", "off_session": True}
    confirmed = double.client.v1.payment_intents.confirm(raised.value.error.payment_intent.id, given)  # type: ignore[arg-type]
    assert confirmed.status == "requires_capture"
    assert confirmed.last_payment_error is None


@pytest.mark.parametrize(
    ("card", "off_session", "status"),
    [
        ("pm_card_authenticationRequired", True, "authentication_required"),
        ("pm_card_authenticationRequired", False, "requires_action"),
        ("pm_card_authenticationRequiredOnSetup", True, "authentication_required"),
        ("pm_card_authenticationRequiredSetupForOffSession", True, "requires_capture"),
        ("pm_card_authenticationRequiredSetupForOffSession", False, "requires_action"),
        ("pm_card_visa", False, "requires_capture"),
    ],
)
def test_authentication_is_wanted_as_the_test_card_documents(
    double: Double, card: str, off_session: bool, status: str
) -> None:
    more: dict[str, Any] = {} if off_session else {"off_session": False, "allowed_payment_method_types": ["card"]}
    if status == "authentication_required":
        with pytest.raises(stripe.CardError) as raised:
            double.hold(card=card, **more)
        assert raised.value.code == status
    else:
        assert double.hold(card=card, **more).status == status


def test_a_card_set_up_once_pays_without_its_holder(double: Double) -> None:
    customer = double.client.v1.customers.create()
    intent = double.client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "allowed_payment_method_types": ["card"],
        }
    )
    double.control("/authenticate", intent=intent.id)
    held = double.hold(customer=customer.id, payment_method=intent.payment_method)
    assert held.status == "requires_capture"


@pytest.mark.parametrize(
    ("card", "outcome", "status"),
    [
        ("pm_card_authenticationRequired", "succeed", "requires_capture"),
        ("pm_card_authenticationRequired", "fail", "requires_payment_method"),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "succeed", "requires_payment_method"),
    ],
)
def test_a_payment_goes_on_once_its_holder_authenticated(double: Double, card: str, outcome: str, status: str) -> None:
    waiting = double.hold(card=card, off_session=False, return_url="https://shop.example/back")
    assert waiting.next_action is not None
    assert waiting.next_action.type == "redirect_to_url"
    double.control("/authenticate", intent=waiting.id, outcome=outcome)
    assert double.client.v1.payment_intents.retrieve(waiting.id).status == status


def test_an_expired_authorisation_cannot_be_captured(double: Double) -> None:
    held = double.hold()
    double.control("/clock", advance_s=7 * 24 * 3600)
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.capture(held.id)
    assert raised.value.code == "charge_expired_for_capture"


def test_stripe_cancels_an_intent_whose_authorisation_expired(double: Double) -> None:
    held = double.hold()
    double.control("/expire", payment_intent=held.id)
    read = double.client.v1.payment_intents.retrieve(held.id)
    assert (read.status, read.cancellation_reason) == ("canceled", "expired")
    assert double.event_types()[-2:] == ["charge.expired", "payment_intent.canceled"]


def test_metadata_can_always_be_updated_and_the_amount_only_before_the_charge(double: Double) -> None:
    held = double.hold(metadata={"order_id": "t1"})
    updated = double.client.v1.payment_intents.update(held.id, {"metadata": {"total": "12"}})
    assert updated.metadata.to_dict() == {"order_id": "t1", "total": "12"}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.update(held.id, {"amount": 3000})
    assert raised.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": 500}, "parameter_missing", "currency"),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": -5, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "ten", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 500, "currency": "xxx"}, None, "currency"),
        ({"amount": 500, "currency": "usd", "tip": 5}, "parameter_unknown", "tip"),
        ({"amount": 500, "currency": "usd", "shipping": {"nam": "x"}}, "parameter_unknown", "shipping[nam]"),
        ({"amount": 500, "currency": "usd", "capture_method": "never"}, None, "capture_method"),
        ({"amount": 500, "currency": "usd", "customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"amount": 500, "currency": "usd", "payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({"amount": 500, "currency": "usd", "expand": ["nonsense"]}, None, "expand"),
        (
            {"amount": 500, "currency": "usd", "payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        (
            {
                "amount": 500,
                "currency": "usd",
                "allowed_payment_method_types": ["card"],
                "automatic_payment_methods": {"enabled": True},
            },
            None,
            "allowed_payment_method_types",
        ),
    ],
)
def test_parameters_that_stripe_would_refuse_create_nothing(
    double: Double, given: dict[str, object], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.create(given)  # type: ignore[arg-type]
    assert (raised.value.http_status, raised.value.code, raised.value.param) == (400, code, param)
    assert double.client.v1.payment_intents.list().data == []


def test_another_customers_card_cannot_pay(double: Double) -> None:
    _, method = double.cardholder()
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        double.hold(payment_method=method)


def test_a_card_that_belongs_to_nobody_pays_only_once(double: Double) -> None:
    method = double.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    double.hold(payment_method=method.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        double.hold(payment_method=method.id)


def test_intents_are_listed_by_customer_and_searched_by_metadata(double: Double) -> None:
    held = double.hold(metadata={"order_id": "t1"})
    double.hold(metadata={"order_id": "t2"})
    listed = double.client.v1.payment_intents.list({"customer": str(held.customer)}).data
    assert [each.id for each in listed] == [held.id]
    query = "metadata['order_id']:'t1' AND status:'requires_capture' AND amount>1999"
    assert [each.id for each in double.client.v1.payment_intents.search({"query": query}).data] == [held.id]


def test_the_classic_module_works_as_well(double: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "api_base", double.url)
    monkeypatch.setattr(stripe, "api_key", "sk_test_double")
    monkeypatch.setattr(stripe, "default_http_client", stripe.RequestsClient())
    customer = stripe.Customer.create(email="ada@example.com")
    intent = stripe.PaymentIntent.create(
        amount=900,
        currency="usd",
        customer=customer.id,
        payment_method="pm_card_visa",
        capture_method="manual",
        confirm=True,
        off_session=True,
    )
    assert intent.capture().status == "succeeded"
    refund = stripe.Refund.create(payment_intent=intent.id, amount=400)
    assert refund.status == "succeeded"
