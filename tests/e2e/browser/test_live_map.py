"""The live map shows what the service knows, as many as there are."""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import Page, expect

from local.demo import LocalMailbox, stack_of
from rideflow.kernel.geo import Point
from simulation.api import Api
from simulation.demand import drawn
from simulation.evening import Evening, Plan, Play
from simulation.pace import Pace
from tests.e2e.browser.conftest import People
from tests.e2e.browser.line import Line
from tests.e2e.city import City
from tests.e2e.phone import EXPECTED_WITHIN_S
from tools.browser.acts import WITHIN_MS, OperatorActs

ON_A_TRIP = {"driver_assigned", "driver_arrived", "in_progress"}
DRIVERS, RIDES = 4, 6
LOOK_EVERY_S = 0.2
FORGOTTEN_WITHIN_S = 180.0
"""A phone that is silent for a minute is taken off the road by the next sweep."""

ZOOMS = 4
AT_THE_EDGE = Point(lat=37.70, lng=-122.50)
"""On the map as it begins, and off it after one zoom."""


async def test_the_map_shows_drivers_requests_and_trips_as_they_come_and_go(
    people_at_screens: People, city: City
) -> None:
    page = await people_at_screens.opens_as_operator()
    await is_empty(page)

    rider, other = await city.rider(), await city.rider()
    driver = await city.driver()
    await shows(page, drivers=1, requests=0, trips=0)

    trip_id = await city.assigned(rider, driver)
    await shows(page, drivers=1, requests=0, trips=1)
    waiting = await city.request(other)
    await shows(page, drivers=1, requests=1, trips=1)
    await waiting_riders(await city.operator(), 1)
    await shows(page, drivers=1, requests=1, trips=1)

    await other.api.post(f"/v1/trips/{waiting}/cancel")
    await city.drive(rider, driver, trip_id)
    await city.reaches(trip_id, "paid")
    await shows(page, drivers=1, requests=0, trips=0)
    await driver.api.post("/v1/drivers/me/offline")
    await shows(page, drivers=0, requests=0, trips=0)
    assert trip_id[-6:] in await page.get_by_role("region", name="What happens").inner_text()


async def test_a_map_whose_connection_was_cut_shows_what_happened_meanwhile(
    people_at_screens: People, city: City
) -> None:
    page, line = await people_at_screens.sits_down(), Line()
    await line.between(page)
    await people_at_screens.opens_as_operator(page=page)
    await is_empty(page)
    link = page.get_by_role("banner").get_by_role("status")
    await expect(link).to_have_text("Live")

    await line.cut()
    await expect(link).not_to_have_text("Live")
    await city.driver()
    line.mend()

    await expect(link).to_have_text("Live", timeout=WITHIN_MS)
    await shows(page, drivers=1, requests=0, trips=0)
    assert line.connections == 2


async def test_what_is_outside_of_the_map_is_counted(people_at_screens: People, city: City) -> None:
    page = await people_at_screens.opens_as_operator()
    await is_empty(page)
    await city.driver(at=AT_THE_EDGE)
    await shows(page, drivers=1, requests=0, trips=0)

    for _ in range(ZOOMS):
        await page.get_by_role("button", name="Zoom in").click()

    await expect(page.get_by_text("Not on this map: 1")).to_be_visible(timeout=WITHIN_MS)
    await shows(page, drivers=0, requests=0, trips=0)


async def test_the_map_agrees_with_the_phones_of_an_evening(people_at_screens: People, city: City) -> None:
    page = await people_at_screens.opens_as_operator()
    await is_empty(page)
    evening = Evening(Plan(requests=drawn(RIDES, seed=3), drivers=DRIVERS, pace=Pace(20.0), seed=3))
    play = Play(stack_of(city.record), LocalMailbox(), city.aws("cognito-idp"), evening)

    playing = asyncio.create_task(play.run())
    agreed: set[tuple[int, int]] = set()
    while not playing.done():
        before = known_to_phones(evening)
        shown = await OperatorActs(page).shown()
        if before == known_to_phones(evening) and (shown["drivers"], shown["trips"]) == before:
            agreed.add(before)
        await asyncio.wait({playing}, timeout=LOOK_EVERY_S)

    assert evening.passed, evening.summary()
    assert {trips for drivers, trips in agreed if drivers == DRIVERS} >= {0, 1, 2}


def known_to_phones(evening: Evening) -> tuple[int, int]:
    """Drivers online, and trips under way, as the API has told their phones."""
    online = sum(driver.state != "offline" for driver in evening.drivers)
    return online, sum(ride.state in ON_A_TRIP for ride in evening.rides)


async def waiting_riders(boss: Api, number: int) -> None:
    """Wait until the API tells so many of all zones."""
    deadline = time.monotonic() + EXPECTED_WITHIN_S
    while (told := sum(zone["waiting"] for zone in (await boss.get("/v1/zones"))["zones"])) != number:
        assert time.monotonic() < deadline, f"the API tells of {told} waiting riders, not {number}"
        await asyncio.sleep(LOOK_EVERY_S)


async def is_empty(page: Page) -> None:
    """Wait for a map that has heard of the city, and for the cars of tests before to be forgotten."""
    await expect(page.get_by_role("rowheader").first).to_be_visible(timeout=WITHIN_MS)
    await shows(page, FORGOTTEN_WITHIN_S, drivers=0, requests=0, trips=0)


async def shows(page: Page, within_s: float = EXPECTED_WITHIN_S, **numbers: int) -> None:
    """Wait until the map shows these numbers. Fails with the last ones."""
    deadline = time.monotonic() + within_s
    while (shown := await OperatorActs(page).shown()) != numbers:
        assert time.monotonic() < deadline, f"the map shows {shown}, not {numbers}"
        await asyncio.sleep(LOOK_EVERY_S)
