"""People sign in to the console's pages."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.browser.conftest import People
from tests.e2e.city import City
from tools.browser.acts import WITHIN_MS, sign_in

REFUSED = "status of 401 .*/v1/auth/login"
WRONG = "not-the-Password-1!"


async def test_a_wrong_password_is_refused_in_the_services_words(people_at_screens: People, city: City) -> None:
    page = await people_at_screens.opens()
    people_at_screens.faults(page).expect(REFUSED)

    async with page.expect_response("**/v1/auth/login") as answered:
        await sign_in(page, "somebody@example.com", WRONG)
    problem = await (await answered.value).json()

    assert problem["status"] == 401
    await expect(page.get_by_role("alert")).to_have_text(problem["detail"])
    await expect(page.get_by_role("button", name="Sign in")).to_be_enabled()


async def test_without_a_connection_the_sign_in_says_so(people_at_screens: People) -> None:
    page = await people_at_screens.opens()
    people_at_screens.faults(page).expect("ERR_INTERNET_DISCONNECTED")
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    await page.context.set_offline(True)
    await sign_in(page, "somebody@example.com", WRONG)

    await expect(page.get_by_role("alert")).to_have_text("There is no connection. Try again.")


async def test_the_link_signs_an_operator_in_and_leaves_no_token_behind(people_at_screens: People) -> None:
    page = await people_at_screens.opens_as_operator()

    await expect(page.get_by_role("heading", name="Live map")).to_be_visible(timeout=WITHIN_MS)

    await expect(page).to_have_title("Live map · RideFlow")
    assert page.url == people_at_screens.console_url + "#/"
    assert "signin" not in await page.evaluate("JSON.stringify(history.state) + location.href")
    await page.reload()
    await expect(page.get_by_role("heading", name="Live map")).to_be_visible(timeout=WITHIN_MS)


async def test_a_link_whose_token_is_refused_leads_to_the_sign_in(people_at_screens: People) -> None:
    page = await people_at_screens.opens("#signin=nobodys", expecting="status of 40[01] .*/v1/auth/refresh")

    await expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=WITHIN_MS)


async def test_on_a_local_stack_the_operators_door_leads_riders_and_drivers_to_theirs(
    people_at_screens: People,
) -> None:
    page = await people_at_screens.opens()
    await expect(page.get_by_text("rideflow status")).to_be_visible(timeout=WITHIN_MS)

    await page.get_by_role("link", name="theirs").click()
    await expect(page.get_by_role("heading", name="Sign up to drive")).to_be_visible(timeout=WITHIN_MS)
    await page.go_back()
    await page.get_by_role("link", name="their page").click()
    await expect(page.get_by_role("heading", name="Sign up to ride")).to_be_visible(timeout=WITHIN_MS)


async def test_who_signs_out_is_asked_to_sign_in(people_at_screens: People) -> None:
    page = await people_at_screens.opens_as_operator()

    await page.get_by_role("button", name="Sign out").click(timeout=WITHIN_MS)

    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
