"""Import arrows, read from the graph that import-linter checks as well."""

from __future__ import annotations

import grimp

PACKAGE = "rideflow"
EVERYBODYS = frozenset({"kernel", "markets"})
"""Every context may import these, so arrows to them are left out."""

type Arrow = tuple[str, str]


def import_arrows() -> set[Arrow]:
    """Pairs of contexts; the first imports the second. Imports for type checkers count as well."""
    graph = grimp.build_graph(PACKAGE)
    arrows: set[Arrow] = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            source, target = _context_of(module), _context_of(imported)
            if source and target and target not in {source, *EVERYBODYS}:
                arrows.add((source, target))
    return arrows


def _context_of(module: str) -> str:
    """`rideflow.trips.model` is of `trips`."""
    return module.removeprefix(PACKAGE).lstrip(".").partition(".")[0]
