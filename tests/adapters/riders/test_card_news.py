"""Webhooks of cards, whose faces are read from Stripe."""

import itertools
import json
from datetime import timedelta

import pytest

from rideflow.kernel.stripe import StripeUnavailableError
from tests.adapters.riders.wallet import Wallet

OF_CARDS = ("setup_intent.succeeded", "payment_method.attached", "payment_method.updated", "payment_method.detached")


def ignored(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["why"] for line in lines if "StripeEventIgnored" in line]


def test_a_card_that_was_set_up_is_listed_with_the_face_that_stripe_has(wallet: Wallet) -> None:
    method = wallet.add("pm_card_mastercard")
    for event in wallet.events(*OF_CARDS):
        wallet.hear(event)

    (card,) = wallet.listed()

    assert (card.id, card.brand, card.last4, card.exp_month, card.exp_year, card.is_default) == (
        method, "mastercard", "4444", 12, 2034, True,
    )  # fmt: skip


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_an_event_that_comes_late_brings_no_older_face_back(wallet: Wallet, order: tuple[int, ...]) -> None:
    """Each event carries the card as it was then; Stripe's answer is the card as it is now."""
    method = wallet.add()
    wallet.renew(method, 3, 2036)
    wallet.renew(method, 4, 2040)
    events = wallet.events(*OF_CARDS)
    assert len(events) == 4

    for position in order:
        wallet.hear(events[position])

    assert [(card.exp_month, card.exp_year) for card in wallet.listed()] == [(4, 2040)]


def test_of_two_answers_the_one_that_was_asked_for_later_stays(wallet: Wallet) -> None:
    """Two functions ask at once; the first is slow, and records the older answer last."""
    first, second = wallet.now, wallet.now + timedelta(milliseconds=5)

    wallet.cards.record(wallet.face(second, 2040))
    wallet.cards.record(wallet.face(first, 2034))
    assert [(row["exp_year"], row["read_at"]) for row in wallet.rows()] == [(2040, second)]

    wallet.cards.record(wallet.face(second + timedelta(milliseconds=5), 2044))
    assert [row["exp_year"] for row in wallet.rows()] == [2044]


def test_an_answer_that_is_recorded_twice_is_recorded_once(wallet: Wallet) -> None:
    for _ in range(2):
        wallet.cards.record(wallet.face(wallet.now, 2034))

    assert [row["exp_year"] for row in wallet.rows()] == [2034]


@pytest.mark.parametrize("kind", ["reset", "rate_limit", "error_before_work"])
def test_while_stripe_does_not_answer_the_event_is_delivered_again(wallet: Wallet, kind: str) -> None:
    wallet.add()
    (attached,), (succeeded,) = wallet.events("payment_method.attached"), wallet.events("setup_intent.succeeded")
    wallet.hear(succeeded)
    wallet.stripe.fault(kind, times=3, method="GET")

    with pytest.raises(StripeUnavailableError):
        wallet.hear(attached)
    assert wallet.listed() == []

    wallet.stripe.forget_faults()
    wallet.hear(attached)
    assert len(wallet.listed()) == 1


@pytest.mark.parametrize("kind", ["payment_method.attached", "payment_method.updated"])
def test_a_payment_method_that_is_gone_is_counted_and_passed_over(
    wallet: Wallet, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wallet.hear({"type": kind, "data": {"object": {"id": "pm_1NeverMade", "customer": "cus_1"}}})

    assert wallet.rows() == []
    assert ignored(capsys) == ["gone"]


def test_a_card_that_has_left_its_customer_is_counted_and_passed_over(
    wallet: Wallet, capsys: pytest.CaptureFixture[str]
) -> None:
    method = wallet.add()
    wallet.stripe.client.v1.payment_methods.detach(method)

    (attached,) = wallet.events("payment_method.attached")
    wallet.hear(attached)

    assert wallet.rows() == []
    assert ignored(capsys) == ["no_customer"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_card_that_was_detached_never_comes_back(wallet: Wallet, order: tuple[int, ...]) -> None:
    wallet.stripe.client.v1.payment_methods.detach(wallet.add())
    events = wallet.events(*OF_CARDS)
    assert len(events) == 3

    for position in order:
        wallet.hear(events[position])

    assert wallet.listed() == []


def test_the_face_of_a_detached_card_stays_for_old_receipts(wallet: Wallet) -> None:
    method = wallet.add()
    for event in wallet.events(*OF_CARDS):
        wallet.hear(event)
    wallet.stripe.client.v1.payment_methods.detach(method)
    for event in wallet.events(*OF_CARDS):
        wallet.hear(event)

    assert wallet.listed() == []
    assert wallet.database.all("select * from published_cards", {}) == [
        {"payment_method_id": method, "brand": "visa", "last4": "4242"}
    ]


def test_stripe_is_asked_once_for_each_event_by_the_id_of_the_payment_method(wallet: Wallet) -> None:
    method = wallet.add()
    (attached,) = wallet.events("payment_method.attached")
    before = len(wallet.stripe.requests())

    wallet.hear(attached)

    asked = wallet.stripe.requests()[before:]
    assert [(each["method"], each["path"]) for each in asked] == [("GET", f"/v1/payment_methods/{method}")]
