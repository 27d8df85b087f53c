"""What Stripe refuses, and a lenient double would let through."""

from typing import Any

import httpx
import pytest
import stripe
import stripe.params

from running_double import API_KEY, Double
from stripe_double import card_options
from stripe_double.errors import ApiError
from stripe_double.settings import API_VERSION
from stripe_double.versions import HONOURED

AUTHORIZED = {"Authorization": f"Bearer {API_KEY}"}


@pytest.mark.parametrize(
    "path", ["payment_intents", "customers", "charges", "refunds", "events", "disputes", "transfers", "payouts"]
)
@pytest.mark.parametrize(("limit", "status"), [("100", 200), ("101", 400), ("0", 400)])
def test_a_page_has_at_most_a_hundred_objects(double: Double, path: str, limit: str, status: int) -> None:
    answer = double.web.get(f"{double.url}/v1/{path}?limit={limit}", headers=AUTHORIZED)
    assert answer.status_code == status
    if status == 400:
        assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == (
            "parameter_invalid_integer",
            "limit",
        )


def test_a_search_has_at_most_a_hundred_objects(double: Double) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.customers.search({"query": "name:'a'", "limit": 101})


def _options(**card: Any) -> dict[str, Any]:
    return {"amount": 500, "currency": "usd", "payment_method_options": {"card": card}}


@pytest.mark.parametrize(
    ("card", "param"),
    [
        ({"request_three_d_secur": "any"}, "payment_method_options[card][request_three_d_secur]"),
        ({"request_three_d_secure": "always"}, "payment_method_options[card][request_three_d_secure]"),
        ({"capture_method": "automatic"}, "payment_method_options[card][capture_method]"),
        ({"installments": {"plan": {"cuont": 3}}}, "payment_method_options[card][installments][plan][cuont]"),
        (
            {"request_incremental_authorization": "yes"},
            "payment_method_options[card][request_incremental_authorization]",
        ),
    ],
)
def test_an_option_that_stripe_does_not_know_is_refused(double: Double, card: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.create(_options(**card))  # type: ignore[arg-type]
    assert raised.value.param == param
    assert double.client.v1.payment_intents.list().data == []


def test_an_unknown_kind_of_payment_method_has_no_options(double: Double) -> None:
    given: Any = {"amount": 500, "currency": "usd", "payment_method_options": {"crad": {"network": "visa"}}}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.create(given)
    assert raised.value.param == "payment_method_options[crad]"


def test_options_that_are_given_later_join_the_earlier_ones(double: Double) -> None:
    intent = double.client.v1.payment_intents.create(_options(request_incremental_authorization="if_available"))  # type: ignore[arg-type]
    more: Any = {"payment_method_options": {"card": {"network": "visa"}}}
    updated = double.client.v1.payment_intents.update(intent.id, more).to_dict()
    card = updated["payment_method_options"]["card"]
    assert card["request_incremental_authorization"] == "if_available"
    assert (card["network"], card["request_three_d_secure"]) == ("visa", "automatic")


def test_an_option_of_the_card_replaces_that_of_the_intent(double: Double) -> None:
    options = {"card": {"capture_method": "manual", "setup_future_usage": "off_session"}}
    held = double.hold(card="pm_card_visa", capture_method="automatic", payment_method_options=options)
    assert held.status == "requires_capture"
    customer = double.client.v1.customers.create()
    more: Any = {"customer": customer.id, "payment_method": "pm_card_visa", "payment_method_options": options}
    paid = double.hold(**more)
    assert double.client.v1.payment_methods.retrieve(str(paid.payment_method)).customer == customer.id


@pytest.mark.parametrize(
    ("parameter", "library"),
    [
        (card_options.FOR_PAYMENTS, stripe.params.PaymentIntentCreateParamsPaymentMethodOptionsCard),
        (card_options.FOR_SETUPS, stripe.params.SetupIntentCreateParamsPaymentMethodOptionsCard),
    ],
)
def test_every_option_of_the_library_is_known_and_no_other(parameter: Any, library: Any) -> None:
    known = set(library.__annotations__)
    unknown = {name for name in [*known, "nonsense"] if not _is_known(parameter, name)}
    assert unknown == {"nonsense"}


def _is_known(parameter: Any, name: str) -> bool:
    """Whether the option is one of the card's, whatever its value."""
    try:
        parameter.read("options", {"card": {name: ""}})
    except ApiError as error:
        return error.fields.get("code") != "parameter_unknown"
    return True


def test_money_for_an_account_that_does_not_exist_is_refused(double: Double) -> None:
    given: Any = {"amount": 500, "currency": "usd", "transfer_data": {"destination": "acct_nobody"}}
    with pytest.raises(stripe.InvalidRequestError, match="No such destination: 'acct_nobody'") as raised:
        double.client.v1.payment_intents.create(given)
    assert (raised.value.code, raised.value.param) == ("resource_missing", "transfer_data[destination]")


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"transfer_data": {"amount": 5}}, "transfer_data[destination]"),
        ({"transfer_data": {"destinatoin": "acct_1"}}, "transfer_data[destinatoin]"),
        ({"on_behalf_of": "acct_nobody"}, "on_behalf_of"),
        ({"application_fee_amount": 5}, "application_fee_amount"),
    ],
)
def test_a_misspelt_share_is_refused(double: Double, given: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        double.client.v1.payment_intents.create({"amount": 500, "currency": "usd", **given})  # type: ignore[typeddict-item]
    assert raised.value.param == param


def test_an_account_that_the_key_has_no_access_to_is_refused(double: Double) -> None:
    """https://docs.stripe.com/error-codes#account-invalid."""
    with pytest.raises(stripe.PermissionError) as raised:
        double.client.v1.customers.create({"name": "Ada"}, {"stripe_account": "acct_nobody"})
    assert raised.value.error is not None
    assert (raised.value.http_status, raised.value.error.code) == (403, "account_invalid")
    assert API_KEY not in str(raised.value)
    assert double.client.v1.customers.list().data == []


@pytest.mark.parametrize("version", sorted(HONOURED))
def test_a_version_is_honoured(double: Double, version: str) -> None:
    answer = _created(double, version)
    takes = version.endswith(".dahlia")
    assert answer.status_code == (200 if takes else 400)
    assert answer.headers["Stripe-Version"] == version
    if takes:
        assert answer.json()["payment_method_types"] == ["card"]
    else:
        assert answer.json()["error"]["code"] == "payment_method_types_no_longer_supported"


@pytest.mark.parametrize("version", ["2019-03-14", "2025-03-31.basil", "2027-01-01.later", f"{API_VERSION}.x"])
def test_a_version_whose_differences_are_not_known_is_refused(double: Double, version: str) -> None:
    answer = _created(double, version)
    assert answer.status_code == 400
    assert f"Invalid Stripe API version: {version}" in answer.json()["error"]["message"]
    with pytest.raises(stripe.InvalidRequestError):
        double.client.v1.webhook_endpoints.create(
            {"url": "https://shop.example", "enabled_events": ["*"], "api_version": version}  # type: ignore[typeddict-item]
        )


def _created(double: Double, version: str) -> httpx.Response:
    form = {"amount": "500", "currency": "usd", "payment_method_types[]": "card"}
    headers = {**AUTHORIZED, "Stripe-Version": version}
    return double.web.post(f"{double.url}/v1/payment_intents", data=form, headers=headers)


def test_two_names_of_one_parameter_exclude_each_other(double: Double) -> None:
    form = {
        "amount": "500",
        "currency": "usd",
        "payment_method_types[]": "card",
        "allowed_payment_method_types[]": "card",
    }
    headers = {**AUTHORIZED, "Stripe-Version": "2026-08-26.dahlia"}
    answer = double.web.post(f"{double.url}/v1/payment_intents", data=form, headers=headers)
    assert answer.json()["error"]["code"] == "parameters_exclusive"


def test_an_object_can_be_locked_by_another_request(double: Double) -> None:
    """https://docs.stripe.com/rate-limits#object-lock-timeouts."""
    held = double.hold()
    double.fault("lock_timeout", path="*/capture")
    with pytest.raises(stripe.RateLimitError) as raised:
        double.client.v1.payment_intents.capture(held.id, None, {"idempotency_key": "k1"})
    assert raised.value.error is not None
    assert (raised.value.http_status, raised.value.error.code) == (429, "lock_timeout")
    again = double.client.v1.payment_intents.capture(held.id, None, {"idempotency_key": "k1"})
    assert again.status == "succeeded"


@pytest.mark.parametrize(
    ("decline", "advice"),
    [
        ("insufficient_funds", "try_again_later"),
        ("stolen_card", "do_not_try_again"),
        ("incorrect_cvc", "confirm_card_data"),
        ("generic_decline", "try_again_later"),
    ],
)
def test_a_decline_says_whether_to_try_again(double: Double, decline: str, advice: str) -> None:
    """https://docs.stripe.com/declines/card#retrying-issuer-declines."""
    double.fault("decline", operation="charge", decline=decline)
    with pytest.raises(stripe.CardError) as raised:
        double.hold()
    error = raised.value.error
    assert error is not None
    assert error.advice_code == advice
    intent = double.client.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data[0]
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.advice_code == advice
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.outcome is not None
    assert intent.latest_charge.outcome.advice_code == advice


def test_the_advice_can_be_asked_for(double: Double) -> None:
    double.fault("decline", operation="charge", decline="insufficient_funds", advice_code="do_not_try_again")
    with pytest.raises(stripe.CardError) as raised:
        double.hold()
    assert raised.value.error is not None
    assert raised.value.error.advice_code == "do_not_try_again"
