"""The picture of the contexts: a Mermaid flowchart of the allowed arrows, which `tools.arrows` checks."""

from __future__ import annotations

from collections.abc import Sequence

from tools.arrows.allowed import Allowed
from tools.arrows.imports import EVERYBODYS

_LINES = {"import": "-->", "sql": "-.->"}


def picture(contexts: Sequence[str], arrows: Sequence[Allowed]) -> str:
    """A solid arrow: may import the context and read its published views. A dotted one: may only read those views."""
    rooms = [context for context in contexts if context not in EVERYBODYS]
    lines = [f"    {arrow.source} {_LINES[arrow.by]} {arrow.target}" for arrow in arrows]
    everybodys = " and ".join(sorted(EVERYBODYS))
    chart = "\n".join(["flowchart TD", *(f"    {room}" for room in rooms), *lines])
    rows = "".join(f"| {each.source} | {each.target} | {each.by} | {each.because} |\n" for each in arrows)
    return (
        f"```mermaid\n{chart}\n```\n\n"
        f"Every context may import {everybodys}; those arrows are not drawn.\n\n"
        f"| from | to | by | because |\n|---|---|---|---|\n{rows}"
    )
