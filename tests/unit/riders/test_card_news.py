"""What is taken in of Stripe's answer about a payment method, and when Stripe is asked at all."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from rideflow.riders.card_facts import CardFact, DescribedCard, DetachedCard, RecordCard
from rideflow.riders.card_news import CardNews, StripeNews

NOW = datetime(2026, 10, 1, 18, tzinfo=UTC)
CARD = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "funding": "credit"}
DESCRIBING = ("payment_method.attached", "payment_method.updated", "payment_method.automatically_updated")


@dataclass
class Stripe:
    """Answers as it is told, and notes what it is asked for."""

    answer: dict[str, Any] | None = None
    asked: list[str] = field(default_factory=list)

    def payment_method(self, payment_method_id: str) -> dict[str, Any] | None:
        self.asked.append(payment_method_id)
        return self.answer


def learnt(stripe: Stripe, kind: str, told: dict[str, Any]) -> list[CardFact]:
    recorded: list[CardFact] = []
    CardNews(stripe, recorded.append, lambda: NOW).learn(StripeNews(stripe_type=kind, object=told))
    return recorded


def ignored(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["why"] for line in lines if "StripeEventIgnored" in line]


@pytest.mark.parametrize("kind", DESCRIBING)
def test_the_face_is_that_of_the_answer_and_not_that_of_the_event(kind: str) -> None:
    stripe = Stripe({"id": "pm_1", "customer": {"id": "cus_1", "name": "Ada"}, "card": {**CARD, "checks": {}}})

    told = {"id": "pm_1", "customer": "cus_of_the_event", "card": {**CARD, "brand": "of the event"}}

    assert learnt(stripe, kind, told) == [
        DescribedCard.model_validate(
            {**CARD, "payment_method_id": "pm_1", "stripe_customer_id": "cus_1", "read_at": NOW}
        )
    ]
    assert stripe.asked == ["pm_1"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "gone"),
        ({"id": "pm_1", "customer": None, "card": CARD}, "no_customer"),
        ({"id": "pm_1", "card": CARD}, "no_customer"),
        ({"id": "pm_1", "customer": "cus\n", "card": CARD}, "no_customer"),
        ({"id": "pm_1", "customer": "cus_1", "us_bank_account": {"last4": "6789"}}, "no_card"),
        ({"id": "pm_1", "customer": "cus_1", "card": None}, "no_card"),
        ({"id": "pm_1", "customer": "cus_1", "card": []}, "no_card"),
        ({"id": "pm_1", "customer": "cus_1", "card": {"brand": "visa"}}, "no_card"),
    ],
)
def test_what_is_no_card_of_a_customer_is_counted_and_passed_over(
    answer: dict[str, Any] | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert learnt(Stripe(answer), "payment_method.attached", {"id": "pm_1", "customer": "cus_1"}) == []
    assert ignored(capsys) == [why]


@pytest.mark.parametrize(
    "face",
    [
        {"exp_month": 40_000}, {"exp_year": 10**30}, {"exp_month": True}, {"exp_month": 0}, {"exp_year": -1},
        {"exp_month": 12.5}, {"exp_month": "12"}, {"exp_year": None}, {"last4": 4242}, {"last4": "abcd"},
        {"last4": "42424"}, {"brand": ""}, {"brand": "x" * 256}, {"brand": None}, {"funding": {"kind": "credit"}},
        {"funding": ""},
    ],
    ids=str,
)  # fmt: skip
def test_a_card_that_no_bank_issued_is_not_recorded(face: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    answer = {"id": "pm_1", "customer": "cus_1", "card": {**CARD, **face}}

    assert learnt(Stripe(answer), "payment_method.attached", {"id": "pm_1"}) == []
    assert ignored(capsys) == ["no_card"]


def test_a_card_may_have_no_funding() -> None:
    answer = {"id": "pm_1", "customer": "cus_1", "card": {name: CARD[name] for name in CARD if name != "funding"}}

    (card,) = learnt(Stripe(answer), "payment_method.attached", {"id": "pm_1"})

    assert isinstance(card, DescribedCard)
    assert card.funding is None


@pytest.mark.parametrize("kind", [*DESCRIBING, "payment_method.detached", "setup_intent.succeeded"])
@pytest.mark.parametrize("told", [{}, {"id": None}, {"id": ["pm_1"]}, {"id": "pm\0"}], ids=str)
def test_an_object_without_an_id_asks_stripe_for_nothing(
    kind: str, told: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    stripe = Stripe({"id": "pm_1", "customer": "cus_1", "card": CARD})

    assert learnt(stripe, kind, told) == []
    assert stripe.asked == []
    assert ignored(capsys) == ["not_ours"]


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "customer.updated", "setup_intent.created"])
def test_other_webhooks_say_nothing_of_cards(kind: str) -> None:
    stripe = Stripe()

    assert learnt(stripe, kind, {"id": "pm_1", "customer": "cus_1"}) == []
    assert stripe.asked == []


def test_a_detached_card_is_not_asked_for() -> None:
    stripe = Stripe()

    assert learnt(stripe, "payment_method.detached", {"id": "pm_1"}) == [DetachedCard(payment_method_id="pm_1")]
    assert stripe.asked == []


def test_an_error_about_a_fact_does_not_quote_it() -> None:
    """The runtime logs errors, and logs carry no personal data."""
    fact = {"fact": "described", "payment_method_id": "pm_1", "stripe_customer_id": "cus_1", "read_at": NOW}

    with pytest.raises(ValidationError) as refused:
        RecordCard.model_validate({"card": {**fact, **CARD, "last4": "42424", "brand": ["visa"]}})

    assert "42424" not in str(refused.value)
    assert "visa" not in str(refused.value)
