"""Forward dispatch: a driver who is about to drop off promises the next trip."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.city import DROPOFF, PICKUP, City
from tests.e2e.phone import Phone

ZONE = "/v1/zones/sf-bay/strategy"


@pytest.fixture
async def looks_ahead(city: City) -> AsyncIterator[None]:
    """An operator sets the zone to look two minutes ahead."""
    operator = await city.operator()
    await operator.put(ZONE, {"forward_s": 120})
    yield
    await operator.put(ZONE, {})


async def near_the_end(city: City, rider: Phone, driver: Phone) -> str:
    """A trip in progress, its driver at the dropoff."""
    trip_id = await city.assigned(rider, driver)
    pin = (await rider.api.get(f"/v1/trips/{trip_id}"))["pin"]
    await city.arrive(driver, trip_id)
    await driver.api.post(f"/v1/trips/{trip_id}/start", {"pin": pin})
    driver.at = DROPOFF
    await driver.report(DROPOFF)
    return trip_id


@pytest.mark.usefixtures("looks_ahead")
async def test_a_driver_about_to_drop_off_promises_the_next_trip_and_drives_it_afterwards(city: City) -> None:
    rider, next_rider, driver = await city.rider(), await city.rider(), await city.driver()
    in_hand = await near_the_end(city, rider, driver)

    trip_id = await city.request(next_rider, pickup=DROPOFF, dropoff=PICKUP)
    offer = await driver.expect("trip.offer", trip_id=trip_id)
    await driver.send("offer.accept", trip_id=trip_id)
    promised = await next_rider.expect("trip.promised", trip_id=trip_id)
    waiting = await next_rider.api.get(f"/v1/trips/{trip_id}")
    await driver.api.post(f"/v1/trips/{in_hand}/complete")

    assert offer["data"]["after_trip"] == in_hand
    assert promised["data"]["pickup_at"] <= promised["data"]["until"]
    assert waiting["state"] == "matching"
    trip = await city.reaches(trip_id, "driver_assigned")
    assert str(trip["driver_id"]) == driver.person_id
    await next_rider.expect("trip.updated", trip_id=trip_id, state="driver_assigned")
    await city.reaches(in_hand, "paid")
