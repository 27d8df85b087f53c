"""Holds that Stripe has and that nobody told us of: found in Stripe's own list, and released if no order wants them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.clock import utc_now
from rideflow.payments.providers.port import PlacedHold
from rideflow.payments.providers.stripe.hold_list import StripeHoldList
from rideflow.payments.sagas.authorization import RejectHold
from rideflow.payments.sagas.holds_sweep import HELD_FOR_LONG, HoldsSweep, Position
from tests.adapters.payments.ride import House


def lost(house: House) -> tuple[UUID, PlacedHold]:
    """A hold of which neither the answer nor the webhook came; its trip is over, its order cancelled."""
    trip_id = house.requested()
    placed = house.placed(house.prepared(trip_id))
    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="States.Timeout"))
    return trip_id, placed


class Kept:
    """A position that is kept as DynamoDB keeps it."""

    def __init__(self) -> None:
        self.position: Position | None = None

    def find(self) -> Position | None:
        return self.position

    def save(self, position: Position) -> bool:
        self.position = position
        return True


def now_and(later: timedelta) -> Callable[[], datetime]:
    """The double has the time of this machine, and not the house's."""
    return lambda: utc_now() + later


def compared(house: House) -> list[dict[str, Any]]:
    """Sweep when the holds have stood for long; compare what it announces; returns what is orphaned by it."""
    announced: list[dict[str, Any]] = []

    def publish(envelopes: Any) -> list[str]:
        announced.extend(envelopes)
        return [str(envelope["id"]) for envelope in envelopes]

    at = now_and(HELD_FOR_LONG + timedelta(minutes=1))
    HoldsSweep(StripeHoldList(house.stripe.ours), Kept(), publish, at).sweep()
    assert announced, "nothing was found, so nothing would be compared"
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


def test_a_hold_that_its_payer_may_still_confirm_and_nobody_waits_for_is_orphaned(house: House) -> None:
    trip_id = house.requested(house.rider("pm_card_authenticationRequired"))
    placed = house.placed(house.prepared(trip_id))
    house.hand.authorization.reject(RejectHold(trip_id=trip_id, reason="States.Timeout"))

    assert placed.outcome == "wants_payer"
    assert {each["provider_ref"] for each in compared(house)} == {placed.provider_ref}


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


def test_a_second_hold_of_an_order_that_still_waits_is_orphaned(house: House) -> None:
    trip_id = house.requested()
    prepared = house.prepared(trip_id)
    first = house.placed(prepared)
    second = house.placed(prepared.model_copy(update={"idempotency_key": "another"}))
    house.hand.found.found("stripe", first.provider_ref, first.order_id)

    orphaned = compared(house)

    assert {each["provider_ref"] for each in orphaned} == {second.provider_ref}
    assert house.order(trip_id)["provider_ref"] == first.provider_ref
