"""What goes wrong in pages, whether or not a person sees it: errors, refused loads, broken content security policy."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Request, WebError

# A page that is left gives up what it was loading.
_GIVEN_UP = "net::ERR_ABORTED"
_TOLD_WITHIN_S = 10
_LOOK_EVERY_S = 0.02
_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
    const at = `${event.sourceFile}:${event.lineNumber}`;
    reportViolation(`${event.violatedDirective} forbids ${event.blockedURI} at ${at}`);
});
"""


class Faults:
    """Those of all pages of a browser context, in the order in which they happened."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    @classmethod
    async def of(cls, context: BrowserContext) -> Faults:
        faults = cls()
        context.on("console", faults._console)
        context.on("weberror", faults._error)
        context.on("requestfailed", faults._request)
        await context.expose_binding("reportViolation", faults._violation)
        await context.add_init_script(_VIOLATIONS)
        return faults

    def expect(self, pattern: str) -> None:
        """The test provokes faults like this; they count for nothing."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [fault for fault in self._found if not any(each.search(fault) for each in self._expected)]

    async def of_kind(self, pattern: str) -> str:
        """The first fault like this. A browser tells of a fault after the act that it follows: waits for it.

        Raises:
            TimeoutError: none came within ten seconds.
        """
        async with asyncio.timeout(_TOLD_WITHIN_S):
            while True:
                for fault in self._found:
                    if re.search(pattern, fault):
                        return fault
                await asyncio.sleep(_LOOK_EVERY_S)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._found.append(f"console: {message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self._found.append(f"error: {error.error.stack or error.error.message}")

    def _request(self, request: Request) -> None:
        if request.failure != _GIVEN_UP:
            self._found.append(f"request: {request.method} {request.url}: {request.failure}")

    def _violation(self, _source: Any, told: str) -> None:
        self._found.append(f"policy: {told}")
