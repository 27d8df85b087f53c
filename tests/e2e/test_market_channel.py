"""An operator looks at a market over a real WebSocket while a ride is played in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tests.e2e.city import NEAR_PICKUP, City
from tests.e2e.phone import EXPECTED_WITHIN_S, Phone
from tests.screen import FREE, TO_PICKUP, Screen

MARKET = "san_francisco"
CITY = {"south": 37.70, "west": -122.52, "north": 37.82, "east": -122.35}


class Console:
    """A screen that follows the frames of an operator's phone."""

    def __init__(self, phone: Phone) -> None:
        self.screen = Screen()
        self._phone = phone
        self._read = 0

    async def shows(self, what: Callable[[], object], within_s: float = EXPECTED_WITHIN_S) -> None:
        deadline = time.monotonic() + within_s
        while True:
            frames, self._read = self._phone.frames[self._read :], len(self._phone.frames)
            for frame in frames:
                self.screen.take(frame)
            if what():
                return
            assert time.monotonic() < deadline, vars(self.screen)
            await asyncio.sleep(0.05)


async def test_an_operator_sees_a_ride_from_its_request_to_its_end(city: City) -> None:
    operator = await city.operators_phone()
    console = Console(operator)
    screen = console.screen
    await operator.send("market.watch", market=MARKET, viewport=CITY, request_id="first")
    await operator.expect("market.watching", market=MARKET)
    await console.shows(lambda: screen.snapshots)

    driver = await city.driver(NEAR_PICKUP)
    await console.shows(lambda: screen.state_of(driver.person_id) == FREE)
    place = [round(NEAR_PICKUP.lat * 100_000), round(NEAR_PICKUP.lng * 100_000)]
    assert screen.cars[driver.person_id][:2] == place

    rider = await city.rider()
    trip_id = await city.request(rider)
    await console.shows(lambda: screen.requests.get(trip_id, {}).get("offered"))
    await driver.expect("trip.offer", trip_id=trip_id)
    await driver.api.post(f"/v1/trips/{trip_id}/offer/accept")
    await console.shows(lambda: screen.state_of(driver.person_id) == TO_PICKUP)
    assert trip_id not in screen.requests
    shown = screen.trips[trip_id]
    assert (shown["driver_id"], shown["state"]) == (driver.person_id, "driver_assigned")
    assert shown["eta_at"] is not None

    await city.drive(rider, driver, trip_id)
    await console.shows(lambda: trip_id not in screen.trips)
    await console.shows(lambda: screen.state_of(driver.person_id) == FREE)
    events = ["TripRequested", "DriverAssigned", "DriverArrived", "TripStarted", "TripCompleted"]
    await console.shows(lambda: set(events) <= set(screen.saw(trip_id)))
    assert screen.gaps == 0

    await operator.send("market.unwatch")
    await operator.expect("market.unwatched")


async def test_a_rider_may_not_look_at_the_market(city: City) -> None:
    rider = await city.rider()

    await rider.send("market.watch", market=MARKET, viewport=CITY)

    refused = await rider.expect("problem", code="permission_missing")
    assert refused["data"]["permission"] == "market:watch"


async def test_a_market_that_is_not_there_is_refused(city: City) -> None:
    operator = await city.operators_phone()

    await operator.send("market.watch", market="atlantis", viewport=CITY)

    refused = await operator.expect("problem", code="unknown_market")
    assert MARKET in refused["data"]["markets"]
