"""Nobody near, or nobody willing: the rider is told, and the hold is released."""

from collections.abc import Iterator

import pytest

from tests.e2e.city import FAR_AWAY, City
from tests.e2e.patience import patience

PATIENCE_S = 10


@pytest.fixture
def impatient(city: City) -> Iterator[None]:
    with patience(city.aws("lambda"), PATIENCE_S):
        yield


@pytest.mark.usefixtures("impatient")
async def test_nobody_near_ends_in_no_driver_found(city: City) -> None:
    rider = await city.rider()
    await city.driver(at=FAR_AWAY)
    trip_id = await city.request(rider)
    await rider.expect("trip.updated", trip_id=trip_id, state="no_driver_found")
    await city.hold_is_released(trip_id)
    assert await city.rows("select * from offers where trip_id = %s", trip_id) == []


@pytest.mark.usefixtures("impatient")
async def test_when_all_decline_nobody_is_asked_twice(city: City) -> None:
    rider, drivers = await city.rider(), await city.drivers(2)
    trip_id = await city.request(rider)
    asked = await city.becomes("select * from offers where trip_id = %s", [trip_id], lambda _: True)
    first = next(driver for driver in drivers if driver.person_id == str(asked["driver_id"]))
    second = next(driver for driver in drivers if driver is not first)
    for driver in (first, second):
        await driver.expect("trip.offer", trip_id=trip_id)
        await driver.send("offer.decline", trip_id=trip_id)
        await driver.expect("offer.declined", trip_id=trip_id)
    await rider.expect("trip.updated", trip_id=trip_id, state="no_driver_found")
    offers = await city.rows("select state from offers where trip_id = %s", trip_id)
    assert [offer["state"] for offer in offers] == ["declined", "declined"]
    await city.hold_is_released(trip_id)
