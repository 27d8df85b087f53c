"""A planted fault, and the place of its code in the checkout."""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FAULTS = Path(__file__).parent / "faults"
SOURCES = ("layers/rideflow/python/rideflow", "functions", "infra/workflows")


class AnchorError(Exception):
    """The code that a fault changes is not there any more, or stands there more than once."""


@dataclass(frozen=True)
class Fault:
    """One wrong change.

    `code` in the function `within` of `file` is replaced by `becomes`; white space counts for nothing in `code`.
    `within` is empty for files other than Python and for code outside functions. One of `tests` has to fail. For a
    fault that no test can notice, `survives` gives the reason.
    """

    name: str
    file: str
    code: str
    becomes: str
    tests: tuple[str, ...]
    within: str = ""
    survives: str = ""


@dataclass(frozen=True)
class Place:
    """The place of a fault's code: the text of its file, and the span in it."""

    path: Path
    text: str = field(repr=False)
    start: int
    end: int

    def with_fault(self, fault: Fault) -> str:
        """The file's text with the fault in it."""
        return self.text[: self.start] + fault.becomes + self.text[self.end :]


def faults() -> list[Fault]:
    """The kept list, in the order of its files. Raises ValueError for a name that occurs twice."""
    found = [fault for path in sorted(FAULTS.glob("*.toml")) for fault in _read(path)]
    names = [fault.name for fault in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"faults of one name: {', '.join(twice)}")
    return found


def _read(path: Path) -> Iterator[Fault]:
    document = tomllib.loads(path.read_text())
    for entry in document["fault"]:
        tests = tuple(entry.pop("tests", document.get("tests", ())))
        yield Fault(tests=tests, **entry)


def place_of(fault: Fault, root: Path) -> Place:
    """Where the fault's code stands in the checkout. Code that moved to another file is found by its function.

    Raises `AnchorError`.
    """
    named = root / fault.file
    places = _places_in(named, fault) if named.exists() else []
    if not places:
        places = [place for path in _others(root, named) for place in _places_in(path, fault)]
    if len(places) != 1:
        stands = "is gone" if not places else f"stands {len(places)} times"
        raise AnchorError(f"{fault.name}: its code {stands} ({fault.file} {fault.within})")
    return places[0]


def _others(root: Path, named: Path) -> Iterator[Path]:
    for folder in SOURCES:
        yield from (path for path in sorted((root / folder).rglob(f"*{named.suffix}")) if path != named)


def _places_in(path: Path, fault: Fault) -> list[Place]:
    text = path.read_text()
    spans = [(0, len(text))] if not fault.within else list(_spans_of(fault.within, text))
    pattern = re.compile(r"\s+".join(re.escape(token) for token in textwrap.dedent(fault.code).split()))
    return [
        Place(path, text, start + found.start(), start + found.end())
        for start, end in spans
        for found in pattern.finditer(text[start:end])
    ]


def _spans_of(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the definitions of that qualified name (`Class.method`, `function`) begin and end in the text."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, qualified in _definitions(ast.parse(text), ""):
        if qualified == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield starts[first - 1], starts[(node.end_lineno or node.lineno)]


type _Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(parent: ast.AST, prefix: str) -> Iterator[tuple[_Definition, str]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            qualified = f"{prefix}{node.name}"
            yield node, qualified
            yield from _definitions(node, f"{qualified}.")
        else:
            yield from _definitions(node, prefix)
