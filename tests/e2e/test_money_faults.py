"""Stripe declines, times out and repeats itself; nobody is charged twice and no ride is lost."""

from collections.abc import AsyncIterator

import pytest

from simulation.api import Json
from tests.e2e.city import City


@pytest.fixture(autouse=True)
async def _no_fault_outlives_its_test(city: City) -> AsyncIterator[None]:
    yield
    for path in ("/_double/faults", "/_double/webhook_faults"):
        (await city.stripe.delete(path)).raise_for_status()
    await city.double("/_double/webhooks/release", {})


async def _of_trip(city: City, trip_id: str) -> Json:
    totals = await city.double("/_double/totals?key=trip_id")
    return dict(totals["by_metadata"].get(trip_id, {"captured_minor": 0, "held_minor": 0}))


async def _assert_ride_is_paid_once(city: City, trip_id: str) -> None:
    trip = await city.reaches(trip_id, "paid")
    assert (await _of_trip(city, trip_id))["captured_minor"] == trip["final_amount_minor"]
    ledger = await city.ledger(trip_id)
    assert (ledger["taken"], sum(ledger.values())) == (trip["final_amount_minor"], 0)


async def test_a_card_declined_at_the_hold_ends_the_trip_and_says_why(city: City) -> None:
    rider = await city.rider(card="pm_card_chargeCustomerFail")
    trip_id = await city.request(rider)
    await rider.expect("trip.updated", trip_id=trip_id, state="cancelled", cancelled_by="platform")
    trip = await city.reaches(trip_id, "cancelled")
    assert trip["cancel_reason"] == "card_declined"
    assert (await _of_trip(city, trip_id))["held_minor"] == 0


async def test_a_card_declined_at_the_capture_is_a_debt_and_the_ride_is_not_lost(city: City) -> None:
    rider, driver = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, driver)
    for_good = {"kind": "decline", "decline": "lost_card"}  # others are tried again for hours
    decline = {**for_good, "operation": "capture", "times": None, "metadata": {"trip_id": trip_id}}
    await city.double("/_double/faults", decline)
    await city.drive(rider, driver, trip_id)
    await rider.expect("trip.updated", within_s=90, trip_id=trip_id, state="payment_failed")
    trip = await city.reaches(trip_id, "payment_failed")
    assert trip["completed_at"] is not None
    assert (await _of_trip(city, trip_id))["captured_minor"] == 0


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/payment_intents/*/capture"])
async def test_stripe_times_out_after_it_succeeded(city: City, path: str) -> None:
    rider, driver = await city.rider(), await city.driver()
    await city.double("/_double/faults", {"kind": "close_after_work", "path": path, "times": 1})
    trip_id = await city.assigned(rider, driver)
    await city.drive(rider, driver, trip_id)
    await _assert_ride_is_paid_once(city, trip_id)


async def test_every_webhook_comes_twice_and_out_of_order(city: City) -> None:
    await city.double("/_double/webhook_faults", {"action": "duplicate", "times": None, "copies": 2})
    await city.double("/_double/webhook_faults", {"action": "hold", "times": None, "type": "payment_intent.*"})
    rider, driver = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, driver)
    await city.drive(rider, driver, trip_id)
    await _assert_ride_is_paid_once(city, trip_id)
    await city.double("/_double/webhooks/release", {"reverse": True})
    await city.becomes(
        "select count(*) as waiting from stripe_events where handled_at is null", [], lambda row: row["waiting"] == 0
    )
    await _assert_ride_is_paid_once(city, trip_id)
