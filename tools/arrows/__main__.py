"""`python -m tools.arrows`: lists imports between contexts, and SQL that touches objects of another context."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from tools.arrows.allowed import allowed
from tools.arrows.imports import Arrow, import_arrows
from tools.arrows.sql import Touch, UnreadableSqlError, touches
from tools.arrows.violations import violations


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 2 if a file cannot be read, 1 if code crosses a border without an arrow, else 0."""
    options = _options(arguments)
    try:
        imports, found = import_arrows(), touches()
    except UnreadableSqlError as error:
        print(error, file=sys.stderr)
        return 2
    crossing = violations(found, imports, allowed())
    if options.json:
        print(json.dumps(_document(imports, found, crossing), indent=2))
    else:
        _tell(imports, found, crossing)
    return 1 if crossing else 0


def _document(imports: set[Arrow], found: Sequence[Touch], crossing: Sequence[str]) -> dict[str, object]:
    return {
        "imports": sorted([list(arrow) for arrow in imports]),
        "sql": sorted({(touch.source, touch.target, touch.object) for touch in found}),
        "violations": list(crossing),
    }


def _tell(imports: set[Arrow], found: Sequence[Touch], crossing: Sequence[str]) -> None:
    print("imports")
    for source, targets in groupby(sorted(imports), key=lambda arrow: arrow[0]):
        print(f"  {source} → {', '.join(target for _, target in targets)}")
    print("SQL")
    for (source, target), these in groupby(found, key=attrgetter("source", "target")):
        print(f"  {source} → {target}: {', '.join(sorted({touch.object for touch in these}))}")
    print(f"{len(imports)} import arrows; {len(found)} touches by SQL; {len(crossing)} violations")
    for violation in crossing:
        print(f"  {violation}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.arrows", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print imports, sql and violations as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
