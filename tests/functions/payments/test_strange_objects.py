"""Signed webhooks with malformed objects: each is accepted and finished by all consumers, and none is a dead letter."""

import json
from typing import Any

import pytest

from functions.payments import prepare_hold
from rideflow.kernel.ids import uuid7
from tests.functions.payments.money import Money, step

OF_INTENTS = ("payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled")
OF_CARDS = ("setup_intent.succeeded", "payment_method.attached", "payment_method.updated", "payment_method.detached")
ESCAPES = {"NUL": r"\u0000", "half a pair": r"\ud800", "a line end": r"\n", "300 letters": "x" * 300}
CARD = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "funding": "credit"}
MEMBERS = ("id", "customer", "payment_method", "card", "metadata", "amount_received", "description")


def written(kind: str, told: dict[str, Any]) -> str:
    return json.dumps({"id": "evt_1", "type": kind, "data": {"object": told}})


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def delivered(money: Money, body: str) -> list[dict[str, Any]]:
    """Deliver the webhook to the end of all its consumers; returns the object in the event that they got."""
    assert money.webhook(body).status == 200
    events = money.cloud.published()
    money._deliver(events)
    assert money.cloud.rows("select event_id from stripe_events where handled_at is null") == []
    assert money.cloud.rows("select event_id from stripe_events") == [{"event_id": "evt_1"}]
    return [each["detail"]["object"] for each in events if each["detail-type"] == "StripeEventReceived"]


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", *OF_CARDS])
@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_ids_that_stripe_never_writes_are_nobodys(money: Money, kind: str, escape: str) -> None:
    reference = {"id": "pi_1ESC", "customer": "cus_1ESC", "payment_method": {"id": "pm_1ESC"}, "card": CARD}
    metadata = {"order_id": "ESC", "rider_id": str(uuid7()), "ESC": "ESC"}

    told = delivered(money, written(kind, {**reference, "metadata": metadata}).replace("ESC", escape))

    assert told == [{"metadata": {"rider_id": metadata["rider_id"]}}]
    assert money.cloud.rows("select * from payment_methods") == []


@pytest.mark.parametrize("kind", OF_INTENTS)
@pytest.mark.parametrize("escape", [ESCAPES["NUL"], ESCAPES["half a pair"]], ids=["NUL", "half a pair"])
def test_an_id_that_stripe_never_writes_is_not_ours_though_an_order_of_ours_is_named(
    money: Money, kind: str, escape: str
) -> None:
    money.add_card()
    money.cloud.rows("delete from stripe_events returning 1")
    trip_id = money.requested()
    money.hold(trip_id)
    money.cloud.published()
    (before,) = money.cloud.rows("select * from payment_orders")

    delivered(
        money, written(kind, {"id": "pi_ESC", "metadata": {"order_id": str(before["id"])}}).replace("ESC", escape)
    )

    assert money.cloud.rows("select * from payment_orders") == [before]
    money.deliver_news()
    assert money.orphans == []


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "setup_intent.succeeded", "payment_method.updated"])
@pytest.mark.parametrize("depth", [500, 9000])
def test_an_object_that_is_nested_deeply_in_every_member_is_done_with(money: Money, kind: str, depth: int) -> None:
    deep = dict.fromkeys(MEMBERS, "DEEP")

    told = delivered(money, written(kind, deep).replace('"DEEP"', nested(depth)))

    assert told == [{}]


@pytest.mark.parametrize("member", ["customer", "payment_method", "card", "metadata"])
def test_members_of_members_may_be_nested_too(money: Money, member: str) -> None:
    names = ("id", "brand", "last4", "exp_month", "exp_year", "funding", "order_id", "rider_id")
    told = {"id": "pm_1", "customer": "cus_1", "payment_method": "pm_1", "card": CARD, member: dict.fromkeys(names, 0)}

    (news,) = delivered(money, written("payment_method.updated", told).replace(": 0", f": {nested(3000)}"))

    assert member not in news
    assert news["id"] == "pm_1"


@pytest.mark.parametrize("depth", [500, 9000])
def test_nothing_nested_is_stored(money: Money, depth: int) -> None:
    """A call stack that is shallower when the event is handled could not read it again."""
    deep = dict.fromkeys(MEMBERS, "DEEP") | {"metadata": {"order_id": "DEEP", "note": "DEEP"}}

    delivered(money, written("payment_intent.succeeded", deep).replace('"DEEP"', nested(depth)))

    assert money.cloud.rows("select object from stripe_events") == [
        {"object": {"id": [], "amount_received": [], "metadata": {}}}
    ]


LONG = {
    "a card": {"card": {**CARD, "networks": "x" * 300_000}},
    "a card's brand": {"card": {**CARD, "brand": "x" * 300_000}},
    "names of a card": {"card": {str(number): number for number in range(30_000)}},
    "a customer": {"customer": "x" * 300_000},
    "a whole customer": {"customer": {"id": "cus_1", "name": "x" * 300_000}},
    "metadata": {"metadata": {"rider_id": "x" * 300_000, "order_id": "x" * 300_000}},
    "an amount": {"amount_received": 10**4000},
    "an amount below zero": {"amount_received": -(10**4000)},
}


@pytest.mark.parametrize("told", LONG.values(), ids=LONG)
def test_of_a_long_object_little_is_told_and_stored(money: Money, told: dict[str, Any]) -> None:
    (news,) = delivered(money, written("payment_method.attached", {"id": "pm_1", "customer": "cus_1", **told}))

    assert news["id"] == "pm_1"
    assert len(json.dumps(news)) < 2000
    (stored,) = money.cloud.rows("select object from stripe_events")
    assert stored["object"]["id"] == "pm_1"
    assert len(json.dumps(stored["object"])) < 2000


def test_all_that_can_be_told_and_stored_has_less_than_2_kb(money: Money) -> None:
    word = "x" * 255
    ids = {"id": word, "customer": word, "payment_method": word}
    ours = {name: str(uuid7()) for name in ("order_id", "trip_id", "rider_id")}
    told = {**ids, "amount_received": -(2**63), "metadata": {**ours, "note": word}}

    assert delivered(money, written("payment_method.detached", told)) == [
        {**ids, "metadata": {"rider_id": ours["rider_id"]}}
    ]
    (stored,) = money.cloud.rows("select object from stripe_events")
    assert stored["object"] == {**told, "metadata": ours}
    assert len(json.dumps(stored["object"])) < 2000


@pytest.mark.parametrize(
    "face",
    [
        {"exp_month": 40_000}, {"exp_year": 10**30}, {"exp_month": True}, {"exp_month": 0}, {"exp_year": -1},
        {"exp_month": 12.5}, {"exp_month": "12"}, {"exp_year": None}, {"exp_year": -(10**4000)},
        {"last4": 4242}, {"last4": "abcd"}, {"brand": ""}, {"brand": "x" * 256}, {"funding": {"kind": "credit"}},
    ],
    ids=lambda face: str(face)[:30],
)  # fmt: skip
def test_a_card_that_no_bank_issued_is_not_saved_and_no_dead_letter(money: Money, face: dict[str, Any]) -> None:
    delivered(money, written("payment_method.attached", {"id": "pm_1", "customer": "cus_1", "card": {**CARD, **face}}))

    assert money.cloud.rows("select * from payment_methods") == []


@pytest.mark.parametrize("kind", ["attached", "updated", "automatically_updated"])
def test_of_a_card_ids_alone_are_told_and_riders_have_its_face(money: Money, kind: str) -> None:
    told = {"id": "pm_1", "object": "payment_method", "customer": {"id": "cus_1", "email": "a@b.example"},
            "card": {**CARD, "fingerprint": "f", "checks": {}}, "metadata": {"note": "n"}}  # fmt: skip

    assert delivered(money, written(f"payment_method.{kind}", told)) == [{"id": "pm_1", "customer": "cus_1"}]

    (saved,) = money.cloud.rows("select * from payment_methods")
    assert saved | {"method_ref": "pm_1", "customer_ref": "cus_1", **CARD} == saved


def test_our_own_hold_is_known_although_its_metadata_was_edited(money: Money) -> None:
    money.add_card()
    money.cloud.rows("delete from stripe_events returning 1")
    prepared = step(prepare_hold, {"trip_id": money.requested()})
    money.cloud.published()
    told = {
        "id": "pi_1",
        "amount_received": 0,
        "metadata": {"order_id": prepared["order_id"], "note": "ESC", "number": 7},
    }

    delivered(money, written("payment_intent.amount_capturable_updated", told).replace("ESC", r"\ud800"))

    assert money.cloud.rows("select provider_ref from payment_orders") == [{"provider_ref": "pi_1"}]
