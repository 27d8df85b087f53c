"""Takes pictures of the console's pages while a scene is played: `make screenshots`."""

from __future__ import annotations

import argparse
import asyncio
import base64
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from local.chromium import ChromiumMissingError
from local.commands.output import INTERRUPTED, console
from local.commands.progress import Progress
from local.commands.status import login_url
from local.locks import holder
from local.paths import ROOT, STACK, VENV
from local.record import StackRecord, load
from local.stack import Stack, StackError
from tools.browser.acts import WITHIN_MS, DriverActs, OperatorActs, RiderActs, sign_up
from tools.browser.opening import LAPTOP, SCREENS, THEMES, Screen, Theme, chromium, person

INTO = ROOT / "build" / "screenshots"
README_IMAGES = ROOT / "docs" / "images"
README_BYTES = 150_000
README_SCREEN = Screen("readme", 1200, 750)
SCENE = ["--scene", "evening", "--rides", "200", "--drivers", "60"]
LIVELY_DRIVERS, LIVELY_TRIPS = 30, 12
LIVELY_WITHIN_S = 600.0

_SETTLED = """
() => new Promise((settled) => {
    let frames = 0;
    const next = () => (++frames < 3 ? requestAnimationFrame(next) : settled());
    requestAnimationFrame(next);
})
"""

_DRAWN = """() => [...document.querySelectorAll("[data-testid=map]")].every((map) => map.dataset.drawn === "true")"""


class NotLivelyError(Exception):
    """The scene did not bring enough cars and trips in time; the message says what there was."""


@dataclass(frozen=True)
class Pictures:
    """What is taken of each page: every screen in both themes, or small ones of the README."""

    folder: Path
    for_readme: bool

    async def take(self, page: Page, name: str, readme_theme: Theme | None = None) -> None:
        """Take the page as it is now. Of the README's pictures there is one of each page, if any."""
        if self.for_readme:
            if readme_theme:
                await self._small(page, name, readme_theme)
            return
        for screen in SCREENS:
            for theme in THEMES:
                await _show(page, screen, theme)
                path = self.folder / f"{name}-{screen.name}-{theme}.png"
                await page.screenshot(path=path, timeout=WITHIN_MS)
                print(path.relative_to(ROOT), flush=True)
        await _show(page, LAPTOP, "light")

    async def _small(self, page: Page, name: str, theme: Theme) -> None:
        """WebP of as good a quality as the bytes allow."""
        await _show(page, README_SCREEN, theme)
        camera = await page.context.new_cdp_session(page)
        for quality in range(90, 30, -10):
            shot = await camera.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
            picture = base64.b64decode(shot["data"])
            if len(picture) <= README_BYTES:
                break
        path = self.folder / f"{name}.webp"
        path.write_bytes(picture)
        print(path.relative_to(ROOT), f"{len(picture) / 1000:.0f} kB", flush=True)


async def _show(page: Page, screen: Screen, theme: Theme) -> None:
    await page.set_viewport_size({"width": screen.width, "height": screen.height})
    await page.emulate_media(color_scheme=theme)
    await page.wait_for_load_state("networkidle")
    await expect(page.locator("html")).to_have_attribute("data-theme", theme)
    await page.evaluate(_SETTLED)
    await page.wait_for_function(_DRAWN, timeout=WITHIN_MS)
    await page.evaluate(_SETTLED)


@contextmanager
def running() -> Iterator[StackRecord]:
    """The stack of this checkout that is up, else one for as long as pictures are taken."""
    if holder(STACK.supervisor_lock) is not None and STACK.record.exists():
        yield load(STACK.record)
        return
    with Progress(console) as progress:
        stack = Stack(STACK, progress.report)
        record = stack.start()
    try:
        yield record
    finally:
        stack.stop()


@contextmanager
def scene(arguments: Sequence[str]) -> Iterator[None]:
    """The scene is played beside the block, and ended with it."""
    command = [str(VENV / "bin" / "rideflow"), "demo", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as playing:
        try:
            yield
        finally:
            playing.terminate()


@asynccontextmanager
async def page_of(browser: Browser, url: str) -> AsyncIterator[Page]:
    context = await person(browser)
    try:
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()


async def take_all(record: StackRecord, pictures: Pictures) -> None:
    """The doors, a ride by hand step by step, and the live map of the scene."""
    async with chromium() as browser:
        async with page_of(browser, record.console_url) as door:
            await door.get_by_role("button", name="Sign in").wait_for(timeout=WITHIN_MS)
            await pictures.take(door, "sign-in")
        async with page_of(browser, f"{record.console_url}#/drive") as page:
            await pictures.take(page, "drive-sign-up")
            driver = DriverActs(page)
            await sign_up(page, "Dora Diaz")
            await verify(browser, record, await driver.hand_in_papers("Dora Diaz"))
            await driver.go_online()
            await pictures.take(page, "drive-online")
            async with page_of(browser, f"{record.console_url}#/ride") as other:
                await ride(pictures, driver, RiderActs(other))
        async with page_of(browser, str(login_url(record))) as page:
            await lively(OperatorActs(page))
            await pictures.take(page, "live-map", readme_theme="dark")
            await page.get_by_role("region", name="What happens").get_by_role("button").first.click()
            await pictures.take(page, "live-map-trip")


async def verify(browser: Browser, record: StackRecord, driver_id: str) -> None:
    """An operator does it, whose map is closed before pictures are taken: all maps are drawn by one processor."""
    async with page_of(browser, str(login_url(record))) as page:
        await OperatorActs(page).verify(driver_id)


async def ride(pictures: Pictures, driver: DriverActs, rider: RiderActs) -> None:
    await sign_up(rider.page, "Rita Ruiz")
    await rider.choose()
    await rider.add_card()
    await rider.page.get_by_role("button", name="Request for").wait_for(timeout=WITHIN_MS)
    await pictures.take(rider.page, "ride-quote")
    await rider.request()
    await driver.accept()
    await rider.page.get_by_test_id("pin").wait_for(timeout=WITHIN_MS)
    await pictures.take(rider.page, "ride-driver-comes", readme_theme="light")
    await pictures.take(driver.page, "drive-to-pickup")
    await driver.let_it_drive()
    await driver.come_to("pickup")
    await driver.start(await rider.pin())
    await pictures.take(rider.page, "ride-under-way")
    await driver.come_to("dropoff")
    await driver.complete()
    await rider.page.get_by_text("Paid with").wait_for(timeout=WITHIN_MS)
    await pictures.take(rider.page, "ride-receipt")
    await driver.page.get_by_text("The rider has paid this fare").wait_for(timeout=WITHIN_MS)
    await pictures.take(driver.page, "drive-earned")


async def lively(operator: OperatorActs) -> None:
    """Wait for a city that is worth a picture. Raises `NotLivelyError`."""
    shown: dict[str, int] = {}
    try:
        async with asyncio.timeout(LIVELY_WITHIN_S):
            while shown.get("drivers", 0) < LIVELY_DRIVERS or shown.get("trips", 0) < LIVELY_TRIPS:
                await asyncio.sleep(1)
                shown = await operator.shown()
    except TimeoutError:
        raise NotLivelyError(f"after {LIVELY_WITHIN_S:.0f} s the map shows {shown}") from None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="the two small ones in docs/images instead")
    options = parser.parse_args(arguments)
    pictures = Pictures(README_IMAGES if options.readme else INTO, options.readme)
    pictures.folder.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with running() as record, scene(SCENE):
            asyncio.run(take_all(record, pictures))
    except KeyboardInterrupt:
        return INTERRUPTED
    except (ChromiumMissingError, StackError, NotLivelyError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
