"""A stored webhook is handled, even if its event on the bus was lost."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from rideflow.payments.providers.stripe.store import PostgresStripeEvents
from rideflow.payments.providers.stripe.unhandled import HANDLED_WITHIN, UnhandledStripeEvents, first_due_at
from tests.adapters.payments.ride import House

SECOND = timedelta(seconds=1)


def sweep(house: House, limit: int = 200) -> dict[str, int]:
    events = PostgresStripeEvents(house.hand.database)
    return UnhandledStripeEvents(events, house.hand.handler, house.clock, limit).sweep()


def due(house: House) -> datetime | None:
    return first_due_at(PostgresStripeEvents(house.hand.database))


def captured(house: House) -> tuple[UUID, dict[str, Any]]:
    """A ride whose saga died after the capture, and Stripe's event of it."""
    trip_id = house.completed()
    house.capture(house.settlement(trip_id))
    event = next(each for each in reversed(house.stripe.events()) if each["type"] == "payment_intent.succeeded")
    return trip_id, event


def unreadable(house: House, trip_id: UUID) -> str:
    """An event of ours that cannot be read, so that its handling fails each time."""
    event_id = f"evt_{trip_id}"
    told = {"id": ["no", "id"], "metadata": {"order_id": str(house.order(trip_id)["id"])}}
    house.store({"id": event_id, "type": "payment_intent.succeeded", "data": {"object": told}})
    return event_id


@pytest.mark.parametrize("after", [HANDLED_WITHIN])
def test_a_webhook_whose_news_were_lost_is_handled_after_its_time(house: House, after: timedelta) -> None:
    trip_id, event = captured(house)
    assert due(house) is None
    house.store(event)
    assert due(house) == house.now + after

    house.now += after - SECOND
    assert sweep(house) == {"handled": 0, "failed": 0, "waiting": 0}
    house.now += 2 * SECOND
    assert sweep(house) == {"handled": 1, "failed": 0, "waiting": 0}

    assert (house.state(trip_id), house.order(trip_id)["state"]) == ("paid", "settled")
    assert sum(house.ledger(trip_id).values()) == 0
    assert sweep(house) == {"handled": 0, "failed": 0, "waiting": 0}


def test_one_that_cannot_be_handled_keeps_none_of_the_others_from_it_and_is_counted(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    trip_id, event = captured(house)
    unreadable(house, trip_id)
    house.later(seconds=1)
    house.store(event)
    house.now += HANDLED_WITHIN + SECOND
    capsys.readouterr()

    assert sweep(house) == {"handled": 1, "failed": 1, "waiting": 1}

    assert house.order(trip_id)["state"] == "settled"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "StripeEventsUnhandled" in line]
    assert [line["StripeEventsUnhandled"] for line in lines] == [[1]]


def test_failed_webhooks_queue_behind_untried_ones(house: House) -> None:
    trip_id, event = captured(house)
    unreadable(house, trip_id)
    house.later(seconds=1)
    house.store(event)
    house.now += HANDLED_WITHIN + SECOND

    assert [sweep(house, limit=1)["failed"], sweep(house, limit=1)["handled"]] == [1, 1]

    assert house.order(trip_id)["state"] == "settled"
    assert sweep(house) == {"handled": 0, "failed": 0, "waiting": 1}
    house.now += HANDLED_WITHIN + SECOND
    assert sweep(house) == {"handled": 0, "failed": 1, "waiting": 1}


def test_an_undecided_webhook_is_decided_later(house: House) -> None:
    """Stripe reports the release of the hold while the saga is still placing it."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.stripe.control("/expire", payment_intent=placed.provider_ref)
    house.store(next(each for each in house.stripe.events() if each["type"] == "payment_intent.canceled"))
    house.now += HANDLED_WITHIN + SECOND
    assert sweep(house)["failed"] == 1
    house.hand.trips.cancel_overdue(trip_id)
    house.settle(trip_id)

    house.now += HANDLED_WITHIN + SECOND

    assert sweep(house) == {"handled": 1, "failed": 0, "waiting": 0}


def test_those_that_wait_for_the_longest_are_handled_first(house: House) -> None:
    for event_id in ("evt_b", "evt_a", "evt_c"):
        house.store({"id": event_id, "type": "charge.refunded", "data": {"object": {"id": "ch_1"}}})
        house.later(seconds=1)
    house.now += HANDLED_WITHIN

    for handled in (["evt_b"], ["evt_a", "evt_b"]):
        assert sweep(house, limit=1)["handled"] == 1
        rows = house.rows("select event_id from stripe_events where handled_at is not null order by event_id")
        assert [row["event_id"] for row in rows] == handled
