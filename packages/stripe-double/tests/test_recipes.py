"""Stripe's own recipes of how events come about, which its command line runs for `stripe trigger`.

Source: https://github.com/stripe/stripe-cli, `pkg/fixtures/triggers`. `STRIPE_RECIPES` names a folder with a copy. Each
recipe is played against the double; its last event is the one that the recipe is named after.

The recipes were written for old versions of the API. They are played with the newest version that still takes
`payment_method_types`, and an intent that may redirect its customer gets the `return_url` that Stripe wants since
2023-08-16 (https://docs.stripe.com/changelog). Those of transfers move the whole of a payment without Stripe's fee, so
they need an account that has money from before.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from running_double import API_KEY, Double, Receiver

VERSION = "2026-08-26.dahlia"

OUT_OF_SCOPE = {
    "customer.discount.created": "coupons belong to Billing",
    "customer.discount.deleted": "coupons belong to Billing",
    "customer.discount.updated": "coupons belong to Billing",
    "customer.source.created": "Sources are the API before PaymentMethods",
    "customer.source.updated": "Sources are the API before PaymentMethods",
    "customer.subscription.created": "subscriptions belong to Billing",
    "customer.subscription.deleted": "subscriptions belong to Billing",
    "customer.subscription.paused": "subscriptions belong to Billing",
    "customer.subscription.trial_will_end": "subscriptions belong to Billing",
    "customer.subscription.updated": "subscriptions belong to Billing",
    "payment_intent.partially_funded": "bank transfers are no cards",
    "payment_intent.processing": "direct debits are no cards",
}
"""Recipes that the double does not play, each with the reason. A recipe that is in no list fails the test."""

IN_SCOPE = {
    "account.application.deauthorized",
    "account.updated",
    "balance.available",
    "charge.captured",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.failed",
    "charge.refund.updated",
    "charge.refunded",
    "charge.succeeded",
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.created",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "payment_method.attached",
    "payment_method.detached",
    "payment_method.updated",
    "payout.created",
    "payout.updated",
    "setup_intent.canceled",
    "setup_intent.created",
    "setup_intent.requires_action",
    "setup_intent.setup_failed",
    "setup_intent.succeeded",
    "transfer.created",
    "transfer.reversed",
    "transfer.updated",
}

_REFERENCE = re.compile(r"\$\{(?P<step>[^:}]+):(?P<path>[^}]+)\}")


@pytest.fixture(scope="module")
def recipes() -> dict[str, list[dict[str, Any]]]:
    """The steps of each recipe, by the name of its event."""
    if not (folder := os.environ.get("STRIPE_RECIPES")):
        pytest.skip("STRIPE_RECIPES names no folder of Stripe's recipes")
    return {file.stem: json.loads(file.read_text())["fixtures"] for file in Path(folder).glob("*.json")}


def _filled_in(value: Any, answers: dict[str, Any]) -> Any:
    """The value with its references, such as `${charge:id}` and `${disputes:data.0.id}`, replaced."""
    if isinstance(value, dict):
        return {name: _filled_in(each, answers) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled_in(each, answers) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return _REFERENCE.sub(lambda found: str(_at(answers[found["step"]], found["path"])), str(value))


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        answer = answer[int(part)] if part.isdigit() else answer[part]
    return answer


def _form(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The parameters as a form: `shipping[address][city]=…`, `payment_method_types[0]=card`."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in pairs:
            yield from _form(each, f"{name}[{key}]" if name else str(key))
    else:
        yield name, str(value)


def _with_return_url(path: str, parameters: dict[str, Any]) -> dict[str, Any]:
    may_redirect = re.fullmatch(r"/v1/(payment|setup)_intents", path) and "payment_method_types" not in parameters
    wanted = may_redirect and parameters.get("confirm") == "true"
    return {**parameters, "return_url": "https://shop.example"} if wanted else parameters


def play(double: Double, steps: list[dict[str, Any]]) -> None:
    """Send the requests of a recipe; a step that has to fail must fail with its type of error."""
    headers = {"Authorization": f"Bearer {API_KEY}", "Stripe-Version": VERSION}
    answers: dict[str, Any] = {}
    for step in steps:
        path = _filled_in(step["path"], answers)
        parameters = _with_return_url(path, _filled_in(step.get("params") or {}, answers))
        form = httpx.QueryParams(list(_form(parameters)))
        method = step["method"].upper()
        sent: dict[str, Any] = {"data": dict(form)} if method == "POST" else {"params": form}
        answer = double.web.request(method, f"{double.url}{path}", headers=headers, **sent)
        body = answer.json()
        failed_with = body["error"]["type"] if "error" in body else None
        assert failed_with == step.get("expected_error_type"), f"{step['name']}: {body}"
        answers[step["name"]] = body


@pytest.mark.parametrize("event", sorted(IN_SCOPE))
def test_a_recipe_brings_about_its_event(
    double: Double, receiver: Receiver, connected: Receiver, recipes: dict[str, list[dict[str, Any]]], event: str
) -> None:
    if event.startswith("transfer."):
        double.hold(card="pm_card_bypassPending", capture_method="automatic")
    play(double, recipes[event])

    receivers = [receiver, connected]
    taking = connected if event.startswith("account.") else receiver
    taking.wait(lambda: event in taking.types())
    assert sum(each.types().count(event) for each in receivers) == 1


def test_every_recipe_is_played_or_out_of_scope_for_a_reason(recipes: dict[str, list[dict[str, Any]]]) -> None:
    assert recipes.keys() == IN_SCOPE | OUT_OF_SCOPE.keys()
    assert not IN_SCOPE & OUT_OF_SCOPE.keys()


def test_a_step_that_does_not_fail_as_it_should_fails_the_recipe(double: Double) -> None:
    step = {"name": "customer", "method": "post", "path": "/v1/customers", "expected_error_type": "card_error"}
    with pytest.raises(AssertionError, match="customer"):
        play(double, [step])
    with pytest.raises(AssertionError, match="No such customer"):
        play(double, [{"name": "gone", "method": "get", "path": "/v1/customers/cus_none"}])


def test_references_reach_into_former_answers() -> None:
    answers = {"list": {"data": [{"id": "du_1"}]}}
    assert _filled_in({"path": "/v1/disputes/${list:data.0.id}/close"}, answers) == {"path": "/v1/disputes/du_1/close"}
    assert dict(_form({"a": {"b": ["x", "y"]}})) == {"a[b][0]": "x", "a[b][1]": "y"}
