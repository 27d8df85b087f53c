"""Events of Stripe about objects that are not ours: other shops, other products, other versions of its API."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from rideflow.payments.errors import OrderConflictError
from rideflow.payments.methods.store import PostgresMethods
from rideflow.payments.providers.stripe.card_news import CardNews, StripeNews
from tests.adapters.payments.ride import House

SHARED = Path(__file__).parents[4] / "shared" / "data" / "stripe"
HANDLED = ("payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.canceled")
OF_CARDS = ("setup_intent.succeeded", "payment_method.attached", "payment_method.updated", "payment_method.detached")
STRANGERS: dict[str, dict[str, Any]] = {
    "a number of another shop": {"id": "pi_other", "metadata": {"order_id": "1001", "rider_id": "7"}},
    "a number that is none in text": {"id": "pi_other", "metadata": {"order_id": 1001, "rider_id": 7}},
    "an order nobody knows": {"id": "pi_other", "metadata": {"order_id": str(uuid4())}},
    "no metadata": {"id": "pi_other"},
    "metadata of nothing": {"id": "pi_other", "metadata": None},
    "metadata in a list": {"id": "pi_other", "metadata": []},
    "empty metadata": {"id": "pi_other", "metadata": {}},
    "no id": {"metadata": {}},
    "no amount": {"id": "pi_other", "amount_received": None, "metadata": {"order_id": "1001"}},
    "another mode": {"id": "pi_other", "livemode": True, "metadata": {"order_id": "1001"}},
    "a whole customer": {"id": "pm_1", "customer": {"id": "cus_1"}, "payment_method": {"id": "pm_1"}, "metadata": {}},
    "a card without a face": {"id": "pm_1", "customer": "cus_1", "card": {"brand": "visa"}},
    "a card of four letters": {
        "id": "pm_1", "customer": "cus_1", "card": {"brand": "visa", "last4": "abcd", "exp_month": 1, "exp_year": 30},
    },
    "a card that expires in no month": {
        "id": "pm_1", "customer": "cus_1",
        "card": {"brand": "visa", "last4": "4242", "exp_month": True, "exp_year": 30},
    },
    "a card of no kind": {
        "id": "pm_1", "customer": "cus_1",
        "card": {"brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 30, "funding": {"kind": "credit"}},
    },
}  # fmt: skip


def event_of(kind: str, told: object, **more: Any) -> dict[str, Any]:
    return {"id": f"evt_{uuid4().hex}", "type": kind, "data": {"object": told}, **more}


def assert_taken(house: House, event: dict[str, Any]) -> None:
    """Hand the event to every consumer, twice."""
    cards = CardNews(PostgresMethods(house.hand.database))
    told = (event.get("data") or {}).get("object")
    for _ in range(2):
        house.webhook(event)
        cards.learn(StripeNews(stripe_type=event["type"], object=told if isinstance(told, dict) else {}))
    (stored,) = house.rows("select handled_at from stripe_events where event_id = %(id)s", id=event["id"])
    assert stored["handled_at"] == house.now


@pytest.mark.parametrize("kind", HANDLED + OF_CARDS)
@pytest.mark.parametrize("told", STRANGERS.values(), ids=STRANGERS)
def test_an_object_of_a_stranger_is_done_with_and_changes_nothing(
    house: House, kind: str, told: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    before = house.order(trip_id)

    assert_taken(house, event_of(kind, told))

    assert house.order(trip_id) == before
    assert house.rows("select method_ref from payment_methods where rider_id is not null and brand is null") == []
    assert "HoldOrphaned" not in house.published.types()
    if kind in HANDLED:
        assert '"why":"not_ours"' in capsys.readouterr().out.replace(" ", "")


@pytest.mark.parametrize(
    "event",
    [
        {"id": "evt_1", "type": "payment_intent.succeeded"},
        {"id": "evt_1", "type": "payment_intent.succeeded", "data": None},
        {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": None}},
        {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": ["pi_1"]}},
        {"id": "evt_1", "type": "v1.billing.meter.no_meter_found", "object": "v2.core.event", "related_object": None},
        event_of("charge.dispute.created", {"id": "dp_1", "payment_intent": "pi_other", "charge": "ch_other"}),
        event_of("charge.refunded", {"id": "ch_other", "refunds": {"data": []}, "metadata": {"order_id": "1001"}}),
        event_of("customer.deleted", {"id": "cus_other", "metadata": {"rider_id": "7"}}, api_version="2019-02-11"),
        event_of("something.that.is.new", {"id": "new_1"}, api_version="2031-01-01.tulip", livemode=True),
    ],
    ids=lambda event: event["type"],
)
def test_an_event_that_nobody_asked_for_is_stored_and_done_with(house: House, event: dict[str, Any]) -> None:
    assert_taken(house, event)


def test_none_of_stripes_own_example_objects_is_a_dead_letter(house: House) -> None:
    """Each object is sent in every type of event that is handled."""
    if not SHARED.is_dir():
        pytest.skip("Stripe's example objects are not beside this checkout")
    objects = json.loads((SHARED / "fixtures3.json").read_text())["resources"]
    kinds = sorted(path.stem for path in (SHARED / "triggers").glob("*.json"))
    for kind in kinds:
        assert_taken(house, event_of(kind, objects.get(kind.rpartition(".")[0], {"id": "xx_1"})))
    for name in ("charge", "customer", "dispute", "payment_intent", "payment_method", "refund", "setup_intent"):
        for kind in HANDLED + OF_CARDS:
            assert_taken(house, event_of(kind, objects[name]))


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "payment_intent.canceled"])
def test_news_of_our_own_hold_that_is_not_recorded_yet_comes_again(house: House, kind: str) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    order_id = str(house.order(trip_id)["id"])
    told = {"id": placed.provider_ref, "amount_received": 0, "metadata": {"order_id": order_id}}
    event = event_of(kind, told)

    with pytest.raises(OrderConflictError, match="not recorded yet"):
        house.webhook(event)
    assert house.rows("select handled_at from stripe_events") == [{"handled_at": None}]

    house.hand.authorization.record(placed)
    house.hand.handler.handle(event["id"])
    assert house.rows("select handled_at from stripe_events") == [{"handled_at": house.now}]


@pytest.mark.parametrize(
    "metadata",
    [{}, None, {"order_id": "1001"}, {"order_id": "0199a0b1-0000-7000-8000-000000000001"}],
    ids=["empty", "none", "another shop's order", "an order that is not there"],
)
def test_an_intent_of_ours_is_known_by_its_id_whatever_became_of_its_metadata(
    house: House, metadata: dict[str, str] | None
) -> None:
    trip_id = house.completed()
    made = house.capture(house.settlement(trip_id))
    told = {
        "id": house.order(trip_id)["provider_ref"],
        "amount_received": made.captured_minor,
        **({} if metadata is None else {"metadata": metadata}),
    }

    house.webhook(event_of("payment_intent.succeeded", told))

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("paid", "settled")
    assert sum(house.ledger(trip_id).values()) == 0


@pytest.mark.parametrize(
    "unreadable",
    [
        {"amount_received": "all"}, {"amount_received": "\0"}, {"amount_received": None}, {"amount_received": [1]},
        {"amount_received": 10**30}, {"amount_received": "1300"}, {"amount_received": True}, {"amount_received": -1},
        {"id": None}, {"id": ["pi_1"]}, {"id": {"id": "pi_1"}}, {"metadata": None}, {"metadata": []},
        {"metadata": "\0"},
    ],
    ids=repr,
)  # fmt: skip
def test_an_object_of_ours_that_cannot_be_read_is_not_passed_over(house: House, unreadable: dict[str, Any]) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    order = house.order(trip_id)

    readable = {"id": order["provider_ref"], "amount_received": 0, "metadata": {"order_id": str(order["id"])}}
    told = {**readable, **unreadable}
    with pytest.raises(ValidationError):
        house.webhook(event_of("payment_intent.succeeded", told))

    assert house.rows("select handled_at from stripe_events") == [{"handled_at": None}]


def test_a_capture_of_ours_that_tells_no_amount_is_not_booked_as_one_of_nothing(house: House) -> None:
    trip_id = house.completed()
    made = house.capture(house.settlement(trip_id))
    order = house.order(trip_id)

    with pytest.raises(ValidationError):
        house.webhook(event_of("payment_intent.succeeded", {"id": order["provider_ref"]}))

    assert house.state(trip_id) == "completed"
    house.hand.settlement.record_capture(made)
    assert house.order(trip_id)["captured_minor"] == made.captured_minor > 0
