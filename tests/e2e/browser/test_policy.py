"""The content security policy: the console breaks it nowhere, and it stops what a stranger's script would do."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.browser.conftest import People

INLINE = """() => {
    const script = document.createElement("script");
    script.textContent = "window.stranger = true";
    document.head.append(script);
    return window.stranger === true;
}"""
EVALUATED = """() => {
    try { new Function("return 1")(); return true; } catch { return false; }
}"""
CONNECTS = "address => fetch(address, { mode: 'no-cors' }).then(() => true, () => false)"
LOADS = """address => new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(true);
    script.onerror = () => resolve(false);
    document.head.append(script);
})"""
ELSEWHERE = "https://stranger.example/track.js"


async def test_the_policy_stops_scripts_that_are_not_the_consoles(people_at_screens: People) -> None:
    page = await people_at_screens.opens()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    faults = people_at_screens.faults(page)
    assert faults.unexpected() == []
    faults.expect("(?i)content security policy|^policy: script-src|^request: .*stranger.example")

    assert await page.evaluate(INLINE) is False
    assert await page.evaluate(LOADS, ELSEWHERE) is False
    await page.locator("body").evaluate("body => body.setAttribute('onclick', 'window.stranger = true')")
    await page.mouse.click(1, 1)
    assert await page.evaluate("window.stranger") is None

    await faults.of_kind("^policy: script-src-elem forbids inline")
    await faults.of_kind("^policy: script-src-elem forbids https://stranger.example")
    await faults.of_kind("^policy: script-src-attr forbids inline")


async def test_the_policy_stops_connections_to_strangers(people_at_screens: People) -> None:
    page = await people_at_screens.opens()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    faults = people_at_screens.faults(page)
    faults.expect("(?i)content security policy|^policy: connect-src|^request: .*stranger.example")

    assert await page.evaluate(CONNECTS, ELSEWHERE) is False

    await faults.of_kind("^policy: connect-src forbids https://stranger.example")
