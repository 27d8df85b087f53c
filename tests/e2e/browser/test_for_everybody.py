"""Every page is for people with a screen reader, a keyboard or weak eyes too: phone or laptop, dark or light."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.browser.axe import violations
from tests.e2e.browser.conftest import People
from tests.e2e.browser.keyboard import controls, walk
from tests.e2e.city import City
from tools.browser.acts import WITHIN_MS, DriverActs, RiderActs, sign_up
from tools.browser.opening import LAPTOP, PHONE, THEMES

NOT_YET = "status of 404 .*/v1/drivers/me"

DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
AT_TWICE_THE_SIZE: ViewportSize = {"width": 640, "height": 400}
"""What a laptop of 1280 by 800 has room for at 200 %."""
DOORS = {"#/": "Sign in", "#/ride": "Sign up", "#/drive": "Sign up"}
"""The button with which people get in, by the address of the page."""


async def all_violations(page: Page) -> list[str]:
    """axe's, each with the screen and the theme."""
    found = []
    for screen in (LAPTOP, PHONE):
        await page.set_viewport_size({"width": screen.width, "height": screen.height})
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            await expect(page.locator("html")).to_have_attribute("data-theme", theme)
            await page.evaluate(DRAWN)
            found += [f"{screen.name}, {theme}: {violation}" for violation in await violations(page)]
    return found


async def is_for_everybody(page: Page) -> None:
    assert await all_violations(page) == []
    stops, unseen = await walk(page)
    assert set(await controls(page)) - set(stops) == set(), "out of a keyboard's reach"
    assert unseen == [], "nobody sees that the focus is here"


@pytest.mark.parametrize(("address", "way_in"), DOORS.items())
async def test_who_comes_in(people_at_screens: People, address: str, way_in: str) -> None:
    page = await people_at_screens.opens(address)
    await expect(page.get_by_role("button", name=way_in, exact=True).first).to_be_visible(timeout=WITHIN_MS)

    await is_for_everybody(page)


async def test_an_operator_on_the_live_map(people_at_screens: People, city: City) -> None:
    page = await people_at_screens.opens_as_operator()
    rider, driver = await city.rider(), await city.driver()
    await city.assigned(rider, driver)
    await page.get_by_role("region", name="What happens").get_by_role("button").first.click(timeout=WITHIN_MS)
    await expect(page.get_by_role("button", name="Cancel the trip")).to_be_visible(timeout=WITHIN_MS)

    await is_for_everybody(page)


async def test_a_rider_with_a_quote(people_at_screens: People, city: City) -> None:
    rider = RiderActs(await people_at_screens.opens("#/ride"))
    await sign_up(rider.page, "Rita Ruiz")
    await rider.choose()
    await expect(rider.page.get_by_role("button", name="Add a card to ride")).to_be_visible(timeout=WITHIN_MS)

    await is_for_everybody(rider.page)


async def test_a_driver_online(people_at_screens: People, city: City) -> None:
    driver = DriverActs(await people_at_screens.opens("#/drive", expecting=NOT_YET))
    await sign_up(driver.page, "Dora Diaz")
    driver_id = await driver.hand_in_papers("Dora Diaz")
    assert await all_violations(driver.page) == []
    await (await city.operator()).post(f"/v1/drivers/{driver_id}/verify")
    await driver.go_online()
    await expect(driver.page.get_by_text("Online", exact=True)).to_be_visible(timeout=WITHIN_MS)
    await expect(driver.page).to_have_title("Online · RideFlow")

    await is_for_everybody(driver.page)
    await driver.page.set_viewport_size(AT_TWICE_THE_SIZE)
    await expect(driver.page.get_by_role("button", name="Go offline")).to_be_in_viewport(ratio=1)
    await driver.go_offline()
