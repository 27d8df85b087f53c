"""`python -m tools.arrows`: which context imports which, and whose SQL touches what of another's."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from tools.arrows.imports import EVERYBODYS, Arrow, import_arrows
from tools.arrows.sql import Touch, UnreadableSqlError, touches

PUBLISHED = "published_"
"""A context's views of that name may be read by those that import it. Nothing else of it is anybody's."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 2 if a file cannot be read; else 0, whatever is found."""
    options = _options(arguments)
    try:
        imports, found = import_arrows(), touches()
    except UnreadableSqlError as error:
        print(error, file=sys.stderr)
        return 2
    crossing = violations(found, imports)
    if options.json:
        print(json.dumps(_document(imports, found, crossing), indent=2))
    else:
        _tell(imports, found, crossing)
    return 0


def violations(found: Iterable[Touch], imports: set[Arrow]) -> list[Touch]:
    """What is touched beyond the kernel and the published views of contexts that are imported."""
    return [
        touch
        for touch in found
        if touch.target != EVERYBODYS
        and not (touch.object.startswith(PUBLISHED) and (touch.source, touch.target) in imports)
    ]


def _document(imports: set[Arrow], found: Sequence[Touch], crossing: Sequence[Touch]) -> dict[str, object]:
    return {
        "imports": sorted([list(arrow) for arrow in imports]),
        "sql": sorted({(touch.source, touch.target, touch.object) for touch in found}),
        "violations": [f"{touch.file}: {touch.source} touches {touch.target}'s {touch.object}" for touch in crossing],
    }


def _tell(imports: set[Arrow], found: Sequence[Touch], crossing: Sequence[Touch]) -> None:
    print("imports")
    for source, targets in groupby(sorted(imports), key=lambda arrow: arrow[0]):
        print(f"  {source} → {', '.join(target for _, target in targets)}")
    print("SQL")
    for (source, target), these in groupby(found, key=attrgetter("source", "target")):
        print(f"  {source} → {target}: {', '.join(sorted({touch.object for touch in these}))}")
    print(
        f"{len(imports)} import arrows; {len(found)} touches by SQL, {len(crossing)} of them of what is not published"
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.arrows", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print imports, sql and violations as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
