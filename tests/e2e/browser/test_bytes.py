"""No page loads more than its budget: people ride by a phone's network."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser

from benchmarks.console import LIVE_MAP, SIGN_IN, page_bytes
from local.commands.status import login_url
from tests.e2e.city import City


async def test_the_live_map_loads_no_more_than_its_budget(browser: Browser, city: City) -> None:
    link = str(await asyncio.to_thread(login_url, city.record))

    loaded = await page_bytes(browser, LIVE_MAP, link, is_map=True)

    assert 10 < loaded.before_first_paint_kb <= loaded.before_first_paint_limit_kb, loaded
    assert 500 < loaded.in_all_kb <= loaded.in_all_limit_kb, loaded


async def test_no_door_loads_the_map(browser: Browser, city: City) -> None:
    for name, address in SIGN_IN.items():
        loaded = await page_bytes(browser, name, city.record.console_url + address, is_map=False)

        assert 10 < loaded.in_all_kb <= loaded.before_first_paint_limit_kb, loaded
