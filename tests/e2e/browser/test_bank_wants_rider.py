"""A rider whose bank wants them, at a browser: the sheet, one button, and the ride goes on."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.browser.conftest import People
from tests.e2e.city import City
from tools.browser.acts import WITHIN_MS, RiderActs, sign_up
from tools.browser.opening import PHONE


async def test_a_rider_confirms_the_payment_with_their_bank(people_at_screens: People, city: City) -> None:
    rider = RiderActs(await people_at_screens.opens("#/ride", PHONE))
    await sign_up(rider.page, "Bea Bank")
    await rider.choose()
    await rider.add_card("3184")
    await rider.request()

    await expect(rider.page.get_by_text("Your bank wants you to confirm")).to_be_visible(timeout=WITHIN_MS)
    await rider.page.reload()  # the sheet is there again for those who open the page later
    await rider.confirm_payment()

    await expect(rider.page.get_by_text("Your card is ready")).to_be_visible(timeout=WITHIN_MS)
    (trip,) = await city.rows("select id, state from trips order by requested_at desc limit 1")
    assert trip["state"] == "matching"
    await rider.page.get_by_role("button", name="Cancel the ride").click()
    await rider.page.get_by_role("dialog").get_by_role("button", name="Cancel the ride").click()
    await city.hold_is_released(str(trip["id"]))
