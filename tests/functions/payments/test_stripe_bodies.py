"""Limits for apps do not apply to a provider's webhooks: it would repeat refused ones for days and then stop."""

import json
from typing import Any

import pytest

from tests.functions.lambda_events import Answer
from tests.functions.payments.money import Money


def event(**told: Any) -> dict[str, Any]:
    return {"id": "evt_1", "type": "payment_method.updated", "data": {"object": {"id": "pm_1", **told}}}


def stored(money: Money) -> list[dict[str, Any]]:
    return money.cloud.rows("select event_id, object from stripe_events")


def news(money: Money) -> list[dict[str, Any]]:
    return [
        each["detail"]["object"] for each in money.cloud.published() if each["detail-type"] == "StripeEventReceived"
    ]


@pytest.mark.parametrize(
    "told",
    [
        {"description": "x" * 200 * 1024},
        {"metadata": {"note": "x" * 200 * 1024, "rider_id": "r"}},
        {"description": "é" * 200 * 1024},
        {"lines": [{"n": n} for n in range(20_000)]},
    ],
    ids=["a long text", "long metadata", "200 Ki letters of two bytes", "many lines"],
)
def test_a_webhook_of_200_kib_is_taken_and_little_of_it_is_stored_and_told(money: Money, told: dict[str, Any]) -> None:
    body = json.dumps(event(**told), ensure_ascii=False)

    assert len(body.encode()) > 200 * 1024
    assert money.webhook(body).body == {"received": True}
    assert stored(money) == [
        {"event_id": "evt_1", "object": {"id": "pm_1"} | ({"metadata": {}} if "metadata" in told else {})}
    ]
    (told_of,) = news(money)
    assert len(json.dumps(told_of)) < 1000


@pytest.mark.parametrize(
    "escape", [r"\u0000", r"\ud800", r"\udc00\ud800"], ids=["NUL", "half a pair", "a pair reversed"]
)
def test_a_webhook_that_jsonb_does_not_take_is_stored_without_what_it_does_not_take(money: Money, escape: str) -> None:
    told = {"customer": "cus_1ESC", "amount_received": "ESC", "metadata": {"rider_id": "ESC", "ESC": 1}, "name": "ESC"}
    body = json.dumps(event(**told)).replace("ESC", escape)

    assert money.webhook(body).body == {"received": True}
    assert stored(money) == [{"event_id": "evt_1", "object": {"id": "pm_1", "amount_received": "", "metadata": {}}}]
    (told_of,) = news(money)
    assert told_of == {"id": "pm_1"}


def test_a_webhook_of_several_megabytes_is_too_large(money: Money) -> None:
    assert money.webhook(json.dumps(event(description="x" * 2**21))).status == 413


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(event()).replace('"pm_1"', "9" * 5000),
        json.dumps(event()).replace('"pm_1"', "NaN"),
        json.dumps(event()).replace('"pm_1"', "[" * 100_000),
        json.dumps(event()).replace("evt_1", r"evt\u0000"),
        json.dumps(event()).replace("evt_1", r"\ud800"),
        json.dumps(event()).replace("payment_method.updated", r"\u0000"),
        json.dumps({**event(), "data": []}),
        json.dumps(event()).replace('"evt_1"', "[" * 3000 + "]" * 3000),
        json.dumps({**event(), "data": 0}).replace("0", "[" * 3000 + "]" * 3000),
        "\ud800",
        "[" * 100_000,
    ],
    ids=["5,000 digits", "NaN", "nested", "NUL in the id", "surrogate in the id", "NUL in the type", "no data",
         "arrays as the id", "arrays as data", "no text", "arrays"],
)  # fmt: skip
def test_a_signed_body_that_stripe_would_not_send_is_refused(money: Money, body: str) -> None:
    refused: Answer = money.webhook(body, "t=1,v1=unsigned") if not body.isprintable() else money.webhook(body)

    assert refused.status == 400
    assert stored(money) == []


@pytest.mark.parametrize(
    "signature",
    ["", "t", "t=", "t=,v1=", "t=1" + "0" * 5000 + ",v1=a", "t=1,v1=é", "t=-1,v1=a", "=,=", "t=1,v1=" + "a" * 9000],
)
def test_a_signature_that_is_no_signature_is_refused(money: Money, signature: str) -> None:
    assert money.webhook(json.dumps(event()), signature or " ").status == 400


@pytest.mark.parametrize("told", [None, [], "text", 7], ids=str)
def test_an_event_without_an_object_is_taken_and_tells_nothing(money: Money, told: Any) -> None:
    assert money.webhook(json.dumps({"id": "evt_1", "type": "odd", "data": {"object": told}})).status == 200
    assert news(money) == [{}]
