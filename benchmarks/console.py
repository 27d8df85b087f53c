"""The console in a real browser: bytes that a page loads, its first paint, and what a frame of the map costs."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, ClassVar

from playwright.async_api import Browser, Page, Response

from benchmarks.end_to_end import running_record
from local.commands.status import login_url
from local.record import StackRecord
from tools.browser.crowd import Crowd
from tools.browser.opening import LAPTOP, PHONE, Screen, chromium, person

BEFORE_FIRST_PAINT_KB = 250
IN_ALL_KB = 850
FIRST_PAINT_MS = 1500
SCRIPT_OF_A_FRAME_MS = 8
CARS = 5000

LIVE_MAP = "live map, signed in by the link"
SIGN_IN = {"operator signs in": "#/", "rider signs in": "#/ride", "driver signs in": "#/drive"}
MAP_SHOWN = "canvas.maplibregl-canvas"

_SHOWN_WITHIN_MS = 60_000
_SETTLING_S = 5.0
_TRACED_S = 15.0
_MESSAGE_BYTES = 50_000
"""Other messages to the page are smaller."""
_SLOW_BYTES_PER_S = 50_000
"""So slow that only what the first paint waits for has come when it is there."""

_FIRST_PAINT = """
() => new Promise((painted) => {
    const look = (list) => {
        const found = list.getEntriesByName("first-contentful-paint")[0];
        if (found) painted(found.startTime);
    };
    new PerformanceObserver(look).observe({ type: "paint", buffered: true });
})
"""
_ARRIVED = """
(before) => {
    const loads = performance.getEntriesByType("resource");
    return loads.filter((each) => each.responseEnd <= before).map((each) => each.name);
}
"""


@dataclass(frozen=True)
class Bytes:
    """kB (1,000 bytes) as gzip packs them, of all that the page loads from the console: base map and market too."""

    TABLE: ClassVar[str] = "Bytes of the console (gzip)"

    name: str
    before_first_paint_kb: int
    before_first_paint_limit_kb: int
    in_all_kb: int
    in_all_limit_kb: int


@dataclass(frozen=True)
class Paint:
    TABLE: ClassVar[str] = "First contentful paint on the local stack, with an empty cache (ms)"

    name: str
    loads: int
    p50_ms: int
    slowest_ms: int
    limit_ms: int


@dataclass(frozen=True)
class Frames:
    """Processor time of the page's main thread, so that other load of the machine does not count.

    `script` is that of one frame of the screen, `message` that of one frame of the channel, which comes once a second.
    """

    TABLE: ClassVar[str] = "Frames of the live map, drawn in software"

    name: str
    frames_per_s: float
    script_p50_ms: float
    script_p95_ms: float
    limit_ms: int
    message_p50_ms: float


def console_costs(loads: int) -> list[Bytes | Paint | Frames]:
    """Raises `NotRunningError`, `ChromiumMissingError`."""
    return asyncio.run(_measured(running_record(), loads))


async def _measured(record: StackRecord, loads: int) -> list[Bytes | Paint | Frames]:
    link = str(await asyncio.to_thread(login_url, record))
    pages = {LIVE_MAP: link, **{name: record.console_url + address for name, address in SIGN_IN.items()}}
    async with chromium() as browser:
        sizes = [await page_bytes(browser, name, url, is_map=name == LIVE_MAP) for name, url in pages.items()]
        paints = [await first_paints(browser, name, url, loads) for name, url in pages.items()]
        return [*sizes, *paints, await frames(browser, link)]


async def page_bytes(browser: Browser, name: str, url: str, *, is_map: bool) -> Bytes:
    """What has come when the first paint is there, and what the page loads until it rests."""
    async with visit(browser) as page:
        packed: dict[str, asyncio.Task[int]] = {}

        def weigh(response: Response) -> None:
            packed.setdefault(response.url, asyncio.create_task(_packed(response)))

        page.on("response", weigh)
        network = await page.context.new_cdp_session(page)
        await network.send("Network.enable")
        await _slow_down(network, _SLOW_BYTES_PER_S)
        await page.goto(url, wait_until="commit")
        first_paint = await page.evaluate(_FIRST_PAINT)
        arrived = {page.url.partition("#")[0], *await page.evaluate(_ARRIVED, first_paint)}
        await _slow_down(network, -1)
        if is_map:
            await page.wait_for_selector(MAP_SHOWN, state="attached", timeout=_SHOWN_WITHIN_MS)
        await page.wait_for_load_state("networkidle")
        sizes = {address: await size for address, size in packed.items() if address.startswith(_origin(url))}
        before = sum(size for address, size in sizes.items() if address in arrived)
        in_all = sum(sizes.values())
        return Bytes(name, round(before / 1000), BEFORE_FIRST_PAINT_KB, round(in_all / 1000), IN_ALL_KB)


async def first_paints(browser: Browser, name: str, url: str, loads: int) -> Paint:
    times = []
    for _ in range(loads):
        async with visit(browser) as page:
            await page.goto(url, wait_until="commit")
            times.append(round(await page.evaluate(_FIRST_PAINT)))
    return Paint(name, loads, round(median(times)), max(times), FIRST_PAINT_MS)


async def frames(browser: Browser, url: str, cars: int = CARS, screen: Screen = LAPTOP) -> Frames:
    """Frames of a map on which each car moves in each frame of a stand-in for the channel."""
    async with visit(browser, screen) as page:
        await Crowd(cars).meet(page)
        await page.goto(url)
        await page.wait_for_selector(f'[data-drivers="{cars}"]', state="attached", timeout=_SHOWN_WITHIN_MS)
        await asyncio.sleep(_SETTLING_S)
        await browser.start_tracing(page=page, categories=["cc", "devtools.timeline", "toplevel"])
        await asyncio.sleep(_TRACED_S)
        trace = json.loads(await browser.stop_tracing())
    return frames_of(f"{cars:,} moving cars", trace["traceEvents"])


def frames_of(name: str, events: Sequence[dict[str, Any]]) -> Frames:
    """The figures from Chromium's trace, whose times are in µs; `tdur` is processor time of the event's thread."""
    main = {(event["pid"], event["tid"]) for event in events if event["name"] == "FireAnimationFrame"}
    whole = [event for event in events if event["ph"] == "X" and (event["pid"], event["tid"]) in main]
    drawn = [event for event in whole if event["name"] == "ProxyMain::BeginMainFrame"]
    calls = [event for event in whole if event["name"] == "FireAnimationFrame"]
    scripts = [script for frame in drawn if (script := sum(call["tdur"] for call in calls if _within(call, frame)))]
    heard = [event["tdur"] for event in whole if _is_message(event)]
    span = max(frame["ts"] for frame in drawn) - min(frame["ts"] for frame in drawn)
    return Frames(
        name,
        frames_per_s=round((len(scripts) - 1) * 1e6 / span, 1),
        script_p50_ms=round(median(scripts) / 1000, 1),
        script_p95_ms=round(quantiles(scripts, n=20)[-1] / 1000, 1),
        limit_ms=SCRIPT_OF_A_FRAME_MS,
        message_p50_ms=round(median(heard) / 1000, 1),
    )


@asynccontextmanager
async def visit(browser: Browser, screen: Screen = PHONE) -> AsyncIterator[Page]:
    """A page of a browser that has stored nothing."""
    context = await person(browser, screen)
    try:
        yield await context.new_page()
    finally:
        await context.close()


def _within(event: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(other["ts"] <= event["ts"] <= other["ts"] + other["dur"])


def _is_message(event: dict[str, Any]) -> bool:
    """Whether Playwright hands a frame of the channel to the page: parsed, applied and rendered in one task."""
    told = event["args"].get("chrome_mojo_event_info", {})
    return bool(event["name"] == "Receive mojo message" and told.get("data_num_bytes", 0) > _MESSAGE_BYTES)


async def _slow_down(network: Any, bytes_per_s: int) -> None:
    conditions = {"offline": False, "latency": 0, "downloadThroughput": bytes_per_s, "uploadThroughput": -1}
    await network.send("Network.emulateNetworkConditions", conditions)


async def _packed(response: Response) -> int:
    return len(gzip.compress(await response.body(), 9))


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/"
