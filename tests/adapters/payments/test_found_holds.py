"""Holds that Stripe has and that nobody told us of: found in Stripe's own list, and released if no order wants them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.clock import utc_now
from rideflow.payments.providers.port import PlacedHold, UncapturedHold
from rideflow.payments.providers.stripe.gateway import StripeGateway
from rideflow.payments.sagas.authorization import RejectHold
from rideflow.payments.sagas.found_holds import HELD_FOR_LONG, HoldsSweep
from tests.adapters.payments.ride import House

ORDER = UUID(int=7)


def lost(house: House) -> tuple[UUID, PlacedHold]:
    """A hold of which neither the answer nor the webhook came; its trip is over, its order cancelled."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="States.Timeout"))
    return trip_id, placed


def at_stripe(house: House, later: timedelta) -> StripeGateway:
    """Stripe, so much later: the double has the time of this machine, and not the house's."""
    return StripeGateway(house.stripe.ours, lambda: utc_now() + later)


def compared(house: House) -> list[dict[str, Any]]:
    """Sweep when the holds have stood for long; compare what it announces; returns what is orphaned by it."""
    announced: list[dict[str, Any]] = []

    def publish(envelopes: Any) -> list[str]:
        announced.extend(envelopes)
        return [str(envelope["id"]) for envelope in envelopes]

    HoldsSweep(at_stripe(house, HELD_FOR_LONG + timedelta(minutes=1)), publish, house.clock).sweep()
    before = len(house.published.envelopes)
    for envelope in announced * 2:
        detail = envelope["detail"]
        house.hand.found.found(detail["provider"], detail["provider_ref"], UUID(detail["order_id"]))
    return [each["detail"] for each in house.published.envelopes[before:] if each["type"] == "HoldOrphaned"]


def test_a_hold_that_nobody_told_of_is_orphaned(house: House) -> None:
    trip_id, placed = lost(house)

    orphaned = compared(house)

    assert {(each["trip_id"], each["provider_ref"]) for each in orphaned} == {(str(trip_id), placed.provider_ref)}


@pytest.mark.parametrize("stage", ["held", "riding", "completed"])
def test_a_hold_that_its_order_wants_is_left_alone(house: House, stage: str) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    if stage != "held":
        driver_id = house.matched(trip_id)
    if stage == "completed":
        house.ridden(trip_id, driver_id)

    assert compared(house) == []


def test_a_hold_whose_order_still_waits_for_it_is_noted_for_the_settlement(house: House) -> None:
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))

    assert compared(house) == []

    assert house.order(trip_id)["provider_ref"] == placed.provider_ref
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settlement(trip_id)
    assert house.published.types().count("HoldOrphaned") == 1


def test_a_hold_from_which_a_fee_is_captured_is_left_alone(house: House) -> None:
    trip_id = house.requested()
    house.hold(trip_id)
    house.matched(trip_id)
    house.later(minutes=5)
    house.hand.trips.cancel(house.hand.trips.get(trip_id).rider_id, trip_id, None)
    house.settlement(trip_id)  # and the saga died

    assert compared(house) == []


def test_holds_of_other_shops_and_of_other_stages_are_left_alone(house: House) -> None:
    for metadata in ({}, {"order_id": str(uuid4())}, {"order_id": "17"}):
        customer, method = house.stripe.customer_with()
        house.stripe.client.v1.payment_intents.create(
            {
                "amount": 900,
                "currency": "usd",
                "customer": customer,
                "payment_method": method,
                "capture_method": "manual",
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "metadata": metadata,
            }
        )

    assert compared(house) == []
    assert house.stripe.totals()["held_minor"] == 3 * 900


def test_young_holds_captured_ones_and_released_ones_are_not_looked_at(house: House) -> None:
    captured, released = house.completed(), house.requested()
    house.settle(captured)
    house.hold(released)
    house.hand.trips.cancel(house.hand.trips.get(released).rider_id, released, None)
    house.settle(released)
    house.hold(house.requested())

    assert list(at_stripe(house, HELD_FOR_LONG - timedelta(minutes=1)).uncaptured(HELD_FOR_LONG)) == []
    assert len(list(at_stripe(house, HELD_FOR_LONG + timedelta(minutes=1)).uncaptured(HELD_FOR_LONG))) == 1


def test_every_page_of_stripes_answer_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from rideflow.payments.providers.stripe import gateway

    monkeypatch.setattr(gateway, "_LOOKED_AT_LATER", 2)
    refs = {house.placed(house.prepared(house.requested())).provider_ref for _ in range(5)}

    assert {hold.provider_ref for hold in at_stripe(house, HELD_FOR_LONG * 2).uncaptured(HELD_FOR_LONG)} == refs


class Holds:
    def __init__(self, number: int) -> None:
        self.number, self.read = number, 0

    def uncaptured(self, placed_for: timedelta) -> Iterable[UncapturedHold]:
        assert placed_for == HELD_FOR_LONG
        for number in range(self.number):
            self.read += 1
            yield UncapturedHold(provider="stripe", provider_ref=f"pi_{number}", order_id=ORDER)


@pytest.mark.parametrize(("there", "announced"), [(0, 0), (3, 3), (250, 250), (300, 250)])
def test_a_sweep_announces_so_many_and_no_more(house: House, there: int, announced: int) -> None:
    holds, published = Holds(there), []

    def publish(envelopes: Any) -> list[str]:
        published.extend(envelopes)
        return [str(envelope["id"]) for envelope in envelopes]

    assert HoldsSweep(holds, publish, house.clock, limit=250).sweep() == {"announced": announced}

    assert [each["detail"]["provider_ref"] for each in published] == [f"pi_{number}" for number in range(announced)]
    assert holds.read == announced
