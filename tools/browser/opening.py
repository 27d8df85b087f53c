"""Opens a Chromium, and pages in it as a person with that screen and theme sees them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Browser, BrowserContext, async_playwright

from local.chromium import find_chromium

type Theme = Literal["light", "dark"]

THEMES: tuple[Theme, Theme] = ("light", "dark")
FLAGS = [
    "--disable-quic",
    # Whatever a page asks for, nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    # WebGL in software, also where there is a graphics card: the same picture everywhere.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@dataclass(frozen=True)
class Screen:
    """`width` and `height` in CSS pixels, each of which is a pixel of a picture."""

    name: str
    width: int
    height: int
    touch: bool = False


PHONE = Screen("phone", 390, 844, touch=True)
LAPTOP = Screen("laptop", 1440, 900)
LARGE = Screen("4k", 3840, 2160)
SCREENS = (PHONE, LAPTOP, LARGE)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium without a window. Raises `ChromiumMissingError`."""
    found = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found.path, args=FLAGS, env={**os.environ, **found.environment}
        )
        try:
            yield browser
        finally:
            await browser.close()


async def person(browser: Browser, screen: Screen = LAPTOP, theme: Theme = "light") -> BrowserContext:
    """Somebody's browser with nothing stored yet. It asks for no animations: a picture would catch their middle."""
    return await browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        is_mobile=screen.touch,
        has_touch=screen.touch,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="America/Los_Angeles",
    )
