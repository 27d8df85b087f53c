"""People who look at the console in a real browser. A test fails on any fault in their pages that it did not expect."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from local.commands.status import login_url
from local.paths import ROOT
from local.record import StackRecord
from local.stack import Stack
from simulation.api import ApiProblemError
from tests.e2e.city import City
from tests.installing import install
from tools.browser.faults import Faults
from tools.browser.opening import LAPTOP, Screen, Theme, chromium, person

KEPT = ROOT / "build" / "browser"
"""What pages looked like when a test failed: a picture of each, and a trace for `playwright show-trace`."""

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":  # type: ignore[attr-defined]
        item.stash[FAILED] = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    install("browser-tools")
    async with chromium() as browser:
        yield browser


class People:
    """The browsers of a test's people."""

    def __init__(self, browser: Browser, record: StackRecord, exits: AsyncExitStack, kept: Path) -> None:
        self.console_url = record.console_url
        self._record = record
        self._browser = browser
        self._exits = exits
        self._kept = kept
        self.contexts: list[tuple[BrowserContext, Faults]] = []

    async def opens(
        self, address: str = "#/", screen: Screen = LAPTOP, theme: Theme = "light", expecting: str | None = None
    ) -> Page:
        """Somebody with a browser of their own opens this address of the console."""
        page = await self.sits_down(screen, theme)
        if expecting:
            self.faults(page).expect(expecting)
        await page.goto(self.console_url + address)
        return page

    async def opens_as_operator(
        self, screen: Screen = LAPTOP, theme: Theme = "light", page: Page | None = None
    ) -> Page:
        """Somebody opens the link that `rideflow status` prints."""
        page = page or await self.sits_down(screen, theme)
        await page.goto(str(await asyncio.to_thread(login_url, self._record)))
        return page

    async def sits_down(self, screen: Screen = LAPTOP, theme: Theme = "light") -> Page:
        """Somebody has an empty page before them."""
        context = await person(self._browser, screen, theme)
        self._exits.push_async_callback(context.close)
        await context.tracing.start(snapshots=True)
        self.contexts.append((context, await Faults.of(context)))
        return await context.new_page()

    def faults(self, page: Page) -> Faults:
        return next(faults for context, faults in self.contexts if context == page.context)

    async def keep(self) -> None:
        self._kept.mkdir(parents=True, exist_ok=True)
        for number, (context, _) in enumerate(self.contexts, 1):
            await context.tracing.stop(path=self._kept / f"{number}.zip")
            for at, page in enumerate(context.pages, 1):
                await page.screenshot(path=self._kept / f"{number}-{at}.png")


@pytest.fixture(autouse=True)
async def no_trip_goes_on(city: City) -> AsyncIterator[None]:
    """A rider at a screen is no phone of the city's: an unended trip of theirs would get the next test's driver."""
    yield
    boss = await city.operator()
    for trip in await city.rows("select trip_id from published_active_trips"):
        with suppress(ApiProblemError):
            end = {"reason": "The test is over.", "verdict": "nobody"}
            await boss.post(f"/v1/trips/{trip['trip_id']}/operator/cancel", end)


@pytest.fixture
async def people_at_screens(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> AsyncIterator[People]:
    assert stack.record is not None
    kept = KEPT / re.sub(r"[^\w-]+", "_", request.node.name)
    async with AsyncExitStack() as exits:
        people = People(browser, stack.record, exits, kept)
        yield people
        faults = [fault for _, faults in people.contexts for fault in faults.unexpected()]
        if faults or request.node.stash.get(FAILED, True):
            await people.keep()
    assert not faults, "\n".join(faults)
