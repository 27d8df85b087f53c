"""Violations: code that crosses a border between contexts without an arrow, and entries of the list without effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter

from tools.arrows.allowed import Allowed
from tools.arrows.imports import EVERYBODYS, Arrow
from tools.arrows.sql import PUBLISHED, Touch


def violations(found: Collection[Touch], imports: Collection[Arrow], arrows: Collection[Allowed]) -> list[str]:
    """One sentence each."""
    return [
        *_imports(imports, arrows),
        *(sentence for touch in found if (sentence := _of_touch(touch, arrows))),
        *_in_vain(found, imports, arrows),
        *_circles(arrows),
    ]


def _imports(imports: Collection[Arrow], arrows: Collection[Allowed]) -> Iterator[str]:
    may_import = {(arrow.source, arrow.target) for arrow in arrows if arrow.by == "import"}
    for source, target in sorted(set(imports) - may_import):
        yield f"{source} imports {target}, which no arrow allows"


def _of_touch(touch: Touch, arrows: Collection[Allowed]) -> str | None:
    """Every context may use the kernel's tables: an event and an idempotency key commit together with their state."""
    what = f"{touch.file}: {touch.source} {'writes' if touch.writes else 'reads'} {touch.target}'s {touch.object}"
    if touch.target in EVERYBODYS:
        return f"{what}, which `outbox_add` does for everybody" if touch.writes and touch.object == "outbox" else None
    if not touch.object.startswith(PUBLISHED):
        return f"{what}, which is not published"
    if touch.writes:
        return f"{what}: a view is read, and changed through a published function"
    if (touch.source, touch.target) not in {(arrow.source, arrow.target) for arrow in arrows}:
        return f"{what}, along no arrow"
    return None


def _in_vain(found: Collection[Touch], imports: Collection[Arrow], arrows: Collection[Allowed]) -> Iterator[str]:
    read = {(touch.source, touch.target) for touch in found}
    for arrow in arrows:
        if (arrow.source, arrow.target) not in (imports if arrow.by == "import" else read):
            yield f"the arrow {arrow.source} → {arrow.target} by {arrow.by} is listed and used by nothing"
        if not arrow.because.strip():
            yield f"the arrow {arrow.source} → {arrow.target} by {arrow.by} has no reason"


def _circles(arrows: Collection[Allowed]) -> Iterator[str]:
    """The first circle that the unmarked arrows form, and marks that nothing needs."""
    unmarked = [arrow for arrow in arrows if not arrow.circle]
    if circle := _circle_in(unmarked):
        yield f"the arrows {' → '.join(circle)} form a circle"
        return
    for arrow in arrows:
        if arrow.circle and not _circle_in([*unmarked, arrow]):
            yield f"the arrow {arrow.source} → {arrow.target} is marked as closing a circle and closes none"


def _circle_in(arrows: Collection[Allowed]) -> list[str]:
    targets: defaultdict[str, set[str]] = defaultdict(set)
    for arrow in arrows:
        targets[arrow.target].add(arrow.source)  # so that a circle is reported in the direction of its arrows
    try:
        TopologicalSorter(targets).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []
