"""Every answer has the shape of Stripe's own example of that resource.

Two oracles: Stripe's published example objects (`fixtures3.json` of github.com/stripe/openapi, if the environment
variable `STRIPE_EXAMPLES` names the file), and the types of the `stripe` library, which are generated from the same
specification.

The comparison goes field by field through the example:
- a field of the example must be in the answer;
- where the example has a value, the answer has one of the same JSON type, or null if the library's type says that the
  field may be null (examples fill fields such as `last_payment_error` or `discount` that are usually null);
- where the example has null, the answer may have anything that the library's type allows;
- where both are objects they are compared likewise; free-form ones (metadata, an event's object) are not entered;
- of a list the answer's items are compared to the example's first.
"""

import json
import os
import re
from pathlib import Path
from types import NoneType
from typing import Any, ForwardRef, Union, get_args, get_origin

import pytest
import stripe
import stripe.params

import stripe_double
from running_double import Double

FREE_FORM = {"metadata", "shipping", "fraud_details", "payment_method_options", "tip", "object", "capabilities"}

# An expandable list that Stripe's example shows expanded.
EXPANDED = {"charge": ["refunds"]}


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    if not (file := os.environ.get("STRIPE_EXAMPLES")):
        pytest.skip("STRIPE_EXAMPLES names no file of Stripe's example objects")
    return dict(json.loads(Path(file).read_text())["resources"])


def _resolve(annotation: Any) -> Any:
    """The class that a forward reference such as `Charge.Outcome` names."""
    name = annotation.__forward_arg__ if isinstance(annotation, ForwardRef) else annotation
    if not isinstance(name, str):
        return annotation
    found: Any = stripe
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _alternatives(annotation: Any) -> list[Any]:
    annotation = _resolve(annotation)
    if get_origin(annotation) is Union:
        return [each for inner in get_args(annotation) for each in _alternatives(inner)]
    return [annotation]


def _may_be_null(annotation: Any) -> bool:
    return annotation is None or NoneType in _alternatives(annotation)


def _fields(annotation: Any) -> dict[str, Any]:
    """The library's types of an object's fields; empty if it has none."""
    for each in _alternatives(annotation):
        if isinstance(each, type) and issubclass(each, stripe.StripeObject):
            return {
                name: kind
                for base in reversed(each.__mro__)
                for name, kind in vars(base).get("__annotations__", {}).items()
            }
    return {}


def _item(annotation: Any) -> Any:
    for each in _alternatives(annotation):
        if get_origin(each) in (list, stripe.ListObject):
            return get_args(each)[0]
    return None


def _json_type(value: Any) -> str:
    return {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def differences(example: Any, answer: Any, annotation: Any, path: str) -> list[str]:
    if answer is None:
        allowed = example is None or _may_be_null(annotation)
        return [] if allowed else [f"{path} is null"]
    if example is None:
        return []
    if _json_type(example) != _json_type(answer):
        return [f"{path} is of type {_json_type(answer)}, not {_json_type(example)}"]
    if isinstance(example, dict):
        return _object_differences(example, answer, annotation, path)
    if isinstance(example, list) and example:
        item = _item(annotation)
        return [found for each in answer for found in differences(example[0], each, item, f"{path}[]")]
    return []


def _object_differences(example: dict[str, Any], answer: dict[str, Any], annotation: Any, path: str) -> list[str]:
    if path.rpartition(".")[2] in FREE_FORM:
        return []
    fields = _fields(annotation)
    found = []
    for name, value in example.items():
        if name not in answer:
            if example.keys() != {"type"}:
                found.append(f"{path}.{name} is missing")
            continue
        found += differences(value, answer[name], fields.get(name), f"{path}.{name}")
    return found


def _answers(double: Double) -> dict[str, list[dict[str, Any]]]:
    """Every resource that the double answers, in several states, as raw JSON, by kind."""
    held = double.hold(2000, metadata={"order_id": "t1"})
    double.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1500})
    double.client.v1.refunds.create({"payment_intent": held.id, "amount": 100})
    double.client.v1.payment_intents.cancel(double.hold().id)
    with pytest.raises(stripe.CardError):
        double.hold(card="pm_card_chargeCustomerFail")
    double.hold(card="pm_card_authenticationRequired", off_session=False, return_url="https://shop.example/back")
    _set_up(double, str(held.customer))
    _disputed_refunded_and_paid_out(double)
    double.client.v1.webhook_endpoints.create({"url": "https://shop.example/hook", "enabled_events": ["charge.failed"]})
    paths = {
        "customer": "customers",
        "payment_method": f"payment_methods?customer={held.customer}",
        "setup_intent": "setup_intents",
        "payment_intent": "payment_intents",
        "charge": "charges?expand[]=data.refunds",
        "refund": "refunds",
        "event": "events",
        "balance_transaction": "balance_transactions",
        "webhook_endpoint": "webhook_endpoints",
        "dispute": "disputes",
        "account": "accounts",
        "transfer": "transfers",
        "payout": "payouts",
    }
    answers = {kind: list(_raw(double, path)["data"]) for kind, path in paths.items()}
    failed = next(intent for intent in answers["setup_intent"] if intent["last_setup_error"])
    answers["setup_attempt"] = _raw(double, f"setup_attempts?setup_intent={failed['id']}")["data"]
    answers["balance"] = [_raw(double, "balance")]
    account, transfer = answers["account"][0]["id"], answers["transfer"][0]["id"]
    answers["bank_account"] = _raw(double, f"accounts/{account}/external_accounts")["data"]
    answers["transfer_reversal"] = _raw(double, f"transfers/{transfer}/reversals")["data"]
    answers["account_link"] = [_raw(double, f"account_links?account={account}&type=account_onboarding", "POST")]
    endpoint = answers["webhook_endpoint"][0]["id"]
    answers["deleted_webhook_endpoint"] = [_raw(double, f"webhook_endpoints/{endpoint}", "DELETE")]
    answers["deleted_account"] = [_raw(double, f"accounts/{account}", "DELETE")]
    answers["deleted_customer"] = [_raw(double, f"customers/{held.customer}", "DELETE")]
    return answers


def _disputed_refunded_and_paid_out(double: Double) -> None:
    for card in ("pm_card_createDispute", "pm_card_createDisputeInquiry", "pm_card_refundFail"):
        last = double.hold(card=card, capture_method="automatic")
    double.client.v1.refunds.create({"payment_intent": last.id})
    double.control("/clock", advance_s=60)
    double.hold(50_000, card="pm_card_bypassPending", capture_method="automatic")
    account = double.client.v1.accounts.create({"type": "express"})
    double.client.v1.accounts.update(account.id, {"capabilities": {"transfers": {"requested": True}}})
    double.control("/accounts", account=account.id)
    transfer = double.client.v1.transfers.create({"amount": 2000, "currency": "usd", "destination": account.id})
    double.client.v1.transfers.reversals.create(transfer.id, {"amount": 500})
    for outcome in ("pay", "fail"):
        payout = double.client.v1.payouts.create({"amount": 2000, "currency": "usd"})
        double.control("/payouts", payout=payout.id, outcome=outcome)


def _set_up(double: Double, customer: str) -> None:
    for card in ("pm_card_visa", "pm_card_authenticationRequired", "pm_card_visa_chargeDeclined"):
        intent = double.client.v1.setup_intents.create({"customer": customer, "allowed_payment_method_types": ["card"]})
        try:
            double.client.v1.setup_intents.confirm(intent.id, {"payment_method": card})
        except stripe.CardError:
            assert card == "pm_card_visa_chargeDeclined"


def _raw(double: Double, path: str, method: str = "GET") -> dict[str, Any]:
    headers = {"Authorization": "Bearer sk_test_double"}
    address, _, query = path.partition("?")
    sent: dict[str, Any] = {"content": query} if method == "POST" else {"params": query}
    answer = double.web.request(method, f"{double.url}/v1/{address}", headers=headers, **sent)
    assert answer.is_success, answer.text
    return dict(answer.json())


def _class_of(kind: str) -> Any:
    name = kind.removeprefix("deleted_")
    return getattr(stripe, "".join(part.title() for part in name.split("_")))


def test_every_answer_has_every_field_of_stripes_example_with_its_type(
    double: Double, examples: dict[str, Any]
) -> None:
    answers = _answers(double)
    assert all(answers.values())
    found = {
        difference
        for kind, things in answers.items()
        for thing in things
        for difference in differences(examples[kind], thing, _class_of(kind), kind)
    }
    assert sorted(found) == []


def test_every_field_answered_is_one_that_the_library_knows(double: Double) -> None:
    unknown = {
        f"{kind}.{name}"
        for kind, things in _answers(double).items()
        for thing in things
        for name in thing.keys() - _fields(_class_of(kind)).keys()
    }
    assert unknown == set()


def test_every_event_is_of_a_type_that_the_library_knows() -> None:
    """The types are words in the double's source; whatever follows `{intent['object']}.` is one for each kind."""
    [kinds] = get_args(stripe.params.WebhookEndpointCreateParams.__annotations__["enabled_events"])
    known = set(get_args(kinds))
    source = "".join(file.read_text() for file in Path(stripe_double.__file__).parent.glob("*.py"))
    emitted = set(re.findall(r"""emit\(f?"([^"]+)\"""", source))
    each = {
        kind.replace("{intent['object']}", intent) for kind in emitted for intent in ("payment_intent", "setup_intent")
    }
    assert len(each) > 40
    assert each - known == set()


@pytest.mark.parametrize(
    ("example", "answer", "found"),
    [
        ({"amount": 1}, {}, ["charge.amount is missing"]),
        ({"amount": 1}, {"amount": None}, ["charge.amount is null"]),
        ({"amount": 1}, {"amount": "1"}, ["charge.amount is of type string, not number"]),
        ({"captured": True}, {"captured": 1}, ["charge.captured is of type number, not boolean"]),
        ({"outcome": {"type": "x", "reason": None}}, {"outcome": None}, []),
        ({"outcome": {"type": "x", "reason": None}}, {"outcome": {"type": "x"}}, ["charge.outcome.reason is missing"]),
        (
            {"outcome": {"type": "x", "reason": None}},
            {"outcome": {"type": None, "reason": 1}},
            ["charge.outcome.type is null"],
        ),
        ({"metadata": {"a": "b"}}, {"metadata": {}}, []),
    ],
)
def test_the_comparison_itself_finds_differences(example: Any, answer: Any, found: list[str]) -> None:
    assert differences(example, answer, stripe.Charge, "charge") == found
