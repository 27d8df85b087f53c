"""What is stored of a Stripe object is judged like the object itself."""

import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from rideflow.kernel.ids import uuid_of
from rideflow.payments.providers.stripe.ids import word_in
from rideflow.payments.providers.stripe.object_kept import kept_of
from rideflow.payments.providers.stripe.webhooks import StripeIntent

ORDER = "0199a1b2-7c00-7000-8000-000000000002"
READABLE: dict[str, dict[str, Any]] = {
    "ours": {"id": "pi_1", "amount_received": 1400, "metadata": {"order_id": ORDER}},
    "no metadata": {"id": "pi_1", "amount_received": 0},
    "the greatest amount": {"id": "pi_1", "amount_received": 2**63 - 1},
    "another shop's order": {"id": "pi_1", "amount_received": 0, "metadata": {"order_id": "1001"}},
    "metadata that was edited": {
        "id": "pi_1",
        "amount_received": 0,
        "metadata": {"order_id": ORDER.upper(), "note": ["x"]},
    },
}
UNREADABLE: dict[str, dict[str, Any]] = {
    "no id": {"amount_received": 0, "metadata": {"order_id": ORDER}},
    "an id of null": {"amount_received": 0, "id": None, "metadata": {"order_id": ORDER}},
    "a number as id": {"amount_received": 0, "id": 7, "metadata": {"order_id": ORDER}},
    "an array as id": {"amount_received": 0, "id": ["pi_1"], "metadata": {"order_id": ORDER}},
    "an object as id": {"amount_received": 0, "id": {"id": "pi_1"}, "metadata": {"order_id": ORDER}},
    "an amount in words": {"id": "pi_1", "amount_received": "all"},
    "an amount in words of another script": {"id": "pi_1", "amount_received": "всё"},
    "an amount of null": {"id": "pi_1", "amount_received": None},
    "an amount with a fraction": {"id": "pi_1", "amount_received": 0.5},
    "an amount without end": {"id": "pi_1", "amount_received": float("inf")},
    "an amount in an array": {"id": "pi_1", "amount_received": [1400]},
    "metadata of null": {"amount_received": 0, "id": "pi_1", "metadata": None},
    "metadata in an array": {"amount_received": 0, "id": "pi_1", "metadata": [ORDER]},
    "metadata in a text": {"amount_received": 0, "id": "pi_1", "metadata": ORDER},
    "metadata of a number": {"amount_received": 0, "id": "pi_1", "metadata": 0},
    "no amount": {"id": "pi_1", "metadata": {"order_id": ORDER}},
    "an amount in text": {"id": "pi_1", "amount_received": "1400"},
    "an amount with a fraction of zero": {"id": "pi_1", "amount_received": 1400.0},
}


def order_of(metadata: object) -> UUID | None:
    return uuid_of(metadata.get("order_id")) if isinstance(metadata, dict) else None


@pytest.mark.parametrize("told", READABLE.values(), ids=READABLE)
def test_a_readable_object_is_read_as_before(told: dict[str, Any]) -> None:
    whole, kept = StripeIntent.model_validate(told), StripeIntent.model_validate(kept_of(told))

    assert (kept.id, kept.amount_received) == (whole.id, whole.amount_received)
    assert order_of(kept.metadata) == order_of(whole.metadata)


@pytest.mark.parametrize("told", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_object_stays_unreadable_and_names_the_same_order(told: dict[str, Any]) -> None:
    kept = kept_of(told)

    for each in (told, kept):
        with pytest.raises(ValidationError):
            StripeIntent.model_validate(each)
    assert order_of(kept.get("metadata")) == order_of(told.get("metadata"))
    assert (word_in(kept.get("id")), isinstance(kept.get("id"), str)) == (
        word_in(told.get("id")),
        isinstance(told.get("id"), str),
    )


@pytest.mark.parametrize("text", ["", "pi_\0", "pi_\ud800", "Zoë", "x" * 256])
def test_a_text_that_is_no_id_stays_a_text_that_is_no_id(text: str) -> None:
    assert kept_of({"id": text}) == {"id": ""}


def test_nothing_else_is_kept() -> None:
    holder = {"name": "Ada Lovelace", "email": "ada@example.com", "address": {"line1": "1 Market St"}}
    told = {
        "id": "pi_1", "object": "payment_intent", "amount_received": 1400, "receipt_email": "ada@example.com",
        "customer": {"id": "cus_1", **holder},
        "payment_method": {"id": "pm_1", "billing_details": holder, "card": {"brand": "visa", "last4": "4242"}},
        "billing_details": holder, "card": {"brand": "visa", "last4": "4242"}, "shipping": holder,
        "metadata": {"order_id": ORDER, "trip_id": ORDER, "rider_id": "ada@example.com", "note": "ada@example.com"},
    }  # fmt: skip

    assert kept_of(told) == {
        "id": "pi_1",
        "amount_received": 1400,
        "customer": "cus_1",
        "payment_method": "pm_1",
        "metadata": {"order_id": ORDER, "trip_id": ORDER},
    }


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**4000, 1e300, float("nan")])
def test_a_number_that_is_too_long_is_marked(value: float) -> None:
    assert json.dumps(kept_of({"id": value, "amount_received": value})) == '{"id": [], "amount_received": []}'
