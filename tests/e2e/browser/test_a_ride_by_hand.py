"""A ride from the sign-up to the receipt, by hand: a rider, a driver and an operator at their browsers."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.browser.conftest import People
from tests.e2e.city import City
from tools.browser.acts import WITHIN_MS, DriverActs, OperatorActs, RiderActs, sign_up
from tools.browser.opening import PHONE

# The API has no driver before the papers, and no destination before one is set; a browser tells of each 404.
NOT_YET = "status of 404 .*/v1/drivers/me"
# The car's last position may come to the service after the act at the pickup: the page asks again.
NOT_SEEN_YET = "status of 409 .*/arrive"


async def test_a_ride_by_hand_from_the_sign_up_to_the_receipt(people_at_screens: People, city: City) -> None:
    operator = OperatorActs(await people_at_screens.opens_as_operator())
    driver = DriverActs(await people_at_screens.opens("#/drive", PHONE, expecting=f"{NOT_YET}|{NOT_SEEN_YET}"))
    await sign_up(driver.page, "Dora Diaz")
    await operator.verify(await driver.hand_in_papers("Dora Diaz"))
    await operator.page.close()
    await driver.go_online()

    rider = RiderActs(await people_at_screens.opens("#/ride", PHONE))
    await sign_up(rider.page, "Rita Ruiz")
    await rider.choose()
    await rider.add_card()
    await rider.request()

    await driver.accept()
    await expect(rider.page.get_by_role("heading", name="Dora Diaz is on the way")).to_be_visible(timeout=WITHIN_MS)
    await driver.let_it_drive()
    await driver.come_to("pickup")
    await driver.start(await rider.pin())
    await driver.come_to("dropoff")
    await driver.complete()

    paid = re.compile(r"\$\d+\.\d\d")
    earned = driver.page.get_by_text(paid).first
    await expect(driver.page.get_by_text("The rider has paid this fare")).to_be_visible(timeout=WITHIN_MS)
    await expect(rider.page.get_by_text("Paid with")).to_be_visible(timeout=WITHIN_MS)
    amount = paid.search(await earned.inner_text())
    assert amount is not None
    await expect(rider.page.get_by_text(amount[0]).first).to_be_visible()
    await driver.page.get_by_role("button", name="Done").click()
    await driver.go_offline()
    await rider.rate(5)
    await expect(rider.page.get_by_text("Thank you")).to_be_visible(timeout=WITHIN_MS)
    (trip,) = await city.rows("select state, final_amount_minor from trips order by requested_at desc limit 1")
    assert trip["state"] == "paid"
    assert amount[0] == f"${trip['final_amount_minor'] / 100:.2f}"
