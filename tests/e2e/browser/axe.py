"""axe-core finds what people with a screen reader, a keyboard or weak eyes cannot use in a page."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from local.paths import ROOT

_AXE = ROOT / "tests" / "e2e" / "browser" / "tools" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """
async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(" ")}: ${failureSummary}`));
}
"""


async def violations(page: Page) -> list[str]:
    """A sentence for each; of all of axe's rules, those of best practices too."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[Any] = await page.evaluate(_RUN)
    return [str(each) for each in found]
