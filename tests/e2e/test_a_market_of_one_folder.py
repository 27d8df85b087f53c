"""A market that is nothing but a folder: the deployed cloud quotes, matches and settles rides by it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from simulation.api import ApiProblemError
from tests.e2e.city import PICKUP, City
from tests.e2e.phone import Phone
from tests.new_york import TIMES_SQUARE, WALL_STREET


async def _luxury_driver(city: City, *, takes_upgrades: bool) -> Phone:
    driver = await city.driver(TIMES_SQUARE, vehicle_class="luxury")
    preferences = {"accepted_payments": ["credit", "debit", "prepaid"], "takes_upgrades": takes_upgrades}
    assert (await driver.api.put("/v1/drivers/me/preferences", preferences))["takes_upgrades"] is takes_upgrades
    return driver


async def test_a_luxury_car_serves_a_standard_ride_if_its_driver_wishes_and_the_rider_pays_for_standard(
    city: City,
) -> None:
    rider, unwilling = await city.rider(), await _luxury_driver(city, takes_upgrades=False)
    willing = await _luxury_driver(city, takes_upgrades=True)
    luxury = await city.quote(rider, TIMES_SQUARE, WALL_STREET, product="luxury")
    quote = await city.quote(rider, TIMES_SQUARE, WALL_STREET, product="standard")
    assert (quote["market"], quote["zone"], quote["product"]) == ("new_york", "manhattan", "standard")
    assert luxury["amount_minor"] > 2 * quote["amount_minor"] > 2 * 900

    trip_id = str((await rider.api.post("/v1/trips", {"quote_id": quote["id"]}))["id"])

    offer = await willing.expect("trip.offer", trip_id=trip_id)
    assert (offer["data"]["product"], offer["data"]["fare"]["amount_minor"]) == ("standard", quote["amount_minor"])
    await willing.api.post(f"/v1/trips/{trip_id}/offer/accept")
    await city.reaches(trip_id, "driver_assigned")
    await city.drive(rider, willing, trip_id, TIMES_SQUARE)
    await city.reaches(trip_id, "paid")

    trip = await rider.api.get(f"/v1/trips/{trip_id}")
    receipt = await rider.api.get(f"/v1/trips/{trip_id}/receipt")
    totals = await city.double("/_double/totals?key=trip_id")
    paid_minor = totals["by_metadata"][trip_id]["captured_minor"]
    assert 900 <= paid_minor == receipt["amount_minor"] <= quote["amount_minor"]
    assert (trip["market"], trip["product"], trip["vehicle"]["vehicle_class"]) == ("new_york", "standard", "luxury")
    ledger = await city.ledger(trip_id)
    assert -ledger[f"driver_payable:{willing.person_id}"] == round(Decimal("0.75") * paid_minor)
    asked = await city.rows("select driver_id from offers where trip_id = %s", trip_id)
    assert unwilling.person_id not in {str(offer["driver_id"]) for offer in asked}


async def test_a_booked_ride_there_has_the_time_zone_of_the_market(city: City) -> None:
    rider = await city.rider()
    quote = await city.quote(rider, TIMES_SQUARE, WALL_STREET, product="luxury")
    soon = (datetime.now(UTC) + timedelta(hours=2)).isoformat()

    ride = await rider.api.post("/v1/scheduled-rides", {"quote_id": quote["id"], "pickup_at": soon})

    assert (ride["time_zone"], ride["product"]) == ("America/New_York", "luxury")
    await rider.api.post(f"/v1/scheduled-rides/{ride['id']}/cancel")


async def test_each_market_offers_its_own_products_and_has_its_own_vehicles(city: City) -> None:
    rider, driver = await city.rider(), await city.driver(TIMES_SQUARE, vehicle_class="luxury")
    vehicle_id = (await driver.api.get("/v1/drivers/me"))["vehicle_id"]

    with pytest.raises(ApiProblemError) as refused:
        await city.quote(rider, TIMES_SQUARE, WALL_STREET, product="economy")
    assert (refused.value.code, refused.value.document["products"]) == ("unknown_product", ["standard", "luxury"])
    shown = await rider.api.get("/v1/locations/nearby", **TIMES_SQUARE.model_dump(), product="luxury")
    assert {car["vehicle_class"] for car in shown["drivers"]} == {"luxury"}
    await driver.api.post("/v1/drivers/me/offline")
    with pytest.raises(ApiProblemError) as refused:
        await driver.api.post("/v1/drivers/me/online", {"vehicle_id": vehicle_id, **PICKUP.model_dump()})
    assert (refused.value.code, refused.value.status) == ("vehicle_class_not_served", 409)
