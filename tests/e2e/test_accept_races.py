"""A trip gets one driver, however many drivers accept and however often."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.e2e.city import City
from tests.e2e.phone import Phone

DRIVERS = 20
ACCEPTS_EACH = 10


@pytest.fixture
async def strategy(city: City) -> AsyncIterator[Any]:
    """Sets the zone's strategy, and restores it afterwards."""

    async def set_to(offers_per_trip: int, offers_per_driver: int) -> None:
        await city.rows(
            "insert into zone_strategies (zone, strategy, offers_per_trip, offers_per_driver, forward_s)"
            " values ('sf-bay', 'broadcast', %s, %s, 0) returning zone",
            offers_per_trip,
            offers_per_driver,
        )

    yield set_to
    await city.rows("delete from zone_strategies returning zone")


async def _accept(driver: Phone, trip_id: str) -> int:
    return await driver.api.status_of("POST", f"/v1/trips/{trip_id}/offer/accept")


async def test_two_hundred_accepts_give_one_driver(city: City, strategy: Any) -> None:
    await strategy(offers_per_trip=DRIVERS, offers_per_driver=1)
    rider, drivers = await city.rider(), await city.drivers(DRIVERS)
    trip_id = await city.request(rider)
    await asyncio.gather(*(driver.expect("trip.offer", trip_id=trip_id) for driver in drivers))
    statuses = await asyncio.gather(
        *(asyncio.gather(*(_accept(driver, trip_id) for _ in range(ACCEPTS_EACH))) for driver in drivers)
    )
    winners = [number for number, answers in enumerate(statuses) if 202 in answers]
    assert len(winners) == 1
    assert sorted(itertools.chain(*statuses)) == [202] + [409] * (DRIVERS * ACCEPTS_EACH - 1)
    trip = await city.reaches(trip_id, "driver_assigned")
    assert str(trip["driver_id"]) == drivers[winners[0]].person_id
    assigned = await city.rows("select 1 from trip_events where trip_id = %s and type = 'DriverAssigned'", trip_id)
    assert len(assigned) == 1


async def test_a_driver_who_accepts_two_trips_at_once_gets_one(city: City, strategy: Any) -> None:
    await strategy(offers_per_trip=1, offers_per_driver=2)
    driver = await city.driver()
    riders = [await city.rider(), await city.rider()]
    trips = await asyncio.gather(*(city.request(rider) for rider in riders))
    for trip_id in trips:
        await driver.expect("trip.offer", trip_id=trip_id)
    statuses = await asyncio.gather(*(_accept(driver, trip_id) for trip_id in trips))
    assert sorted(statuses) == [202, 409]
    active = await city.rows("select trip_id from published_active_trips where driver_id = %s", driver.person_id)
    assert len(active) == 1
