"""What a person reaches who has a keyboard and no mouse."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

_CONTROLS = """
() => {
    const wanted = 'a[href], button, input, select, textarea, summary, [role=button], [role=slider], [tabindex="0"]';
    const drawn = (each) => each.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
    const shown = (each) => drawn(each) && !each.closest("[inert]");
    const usable = [...document.querySelectorAll(wanted)].filter((each) => shown(each) && !each.disabled);
    const radios = new Set();
    return usable.filter((each) => {
        if (each.type !== "radio") return true;
        if (radios.has(each.name)) return false;
        return radios.add(each.name);
    }).map(nameOf);
}
"""
_FOCUSED = """
() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const style = getComputedStyle(at);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return { name: nameOf(at), seen: outlined || style.boxShadow !== "none" };
}
"""
_NAME_OF = """
() => {
    window.nameOf = (each) => {
        const label = each.labels?.[0]?.textContent ?? each.getAttribute("aria-label") ?? each.textContent;
        return `${each.tagName.toLowerCase()} ${label.trim()}`;
    };
}
"""
_START = """
() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
}
"""
"""Tab goes on from where the focus was last, also after a blur."""

MOST_STOPS = 200


async def controls(page: Page) -> list[str]:
    """Controls that are shown and not disabled; of a group of radio buttons the first, since arrows reach the rest."""
    await page.evaluate(_NAME_OF)
    found: list[str] = await page.evaluate(_CONTROLS)
    return found


async def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab from the page's begin to its end: where the focus stops, and where one cannot see that it does."""
    await page.evaluate(_NAME_OF)
    await page.evaluate(_START)
    stops: list[str] = []
    unseen: list[str] = []
    for _ in range(MOST_STOPS):
        await page.keyboard.press("Tab")
        at: dict[str, Any] | None = await page.evaluate(_FOCUSED)
        if at is None:
            return stops, unseen
        stops.append(at["name"])
        if not at["seen"]:
            unseen.append(at["name"])
    raise AssertionError(f"the focus does not leave the page; it stopped at {stops[:20]} …")
