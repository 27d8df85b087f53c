"""The events that contexts publish: the subclasses of `DomainEvent` without subclasses of their own."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

_BASE = "DomainEvent"


@dataclass(frozen=True)
class Event:
    """`tells` is the first sentence of its docstring."""

    context: str
    name: str
    tells: str
    path: str


def events(root: Path) -> list[Event]:
    """Every event, in the order of contexts, files and lines."""
    layer = root / "layers" / "rideflow" / "python" / "rideflow"
    return [event for file in sorted(layer.glob("*/**/events.py")) for event in _of(file, root, layer)]


def _of(file: Path, root: Path, layer: Path) -> list[Event]:
    classes = [node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    bases = {node.name: {base.id for base in node.bases if isinstance(base, ast.Name)} for node in classes}
    refined = set().union(*bases.values()) if bases else set()
    context, path = file.relative_to(layer).parts[0], file.relative_to(root).as_posix()
    return [
        Event(context, node.name, _first_sentence(ast.get_docstring(node) or ""), path)
        for node in classes
        if node.name not in refined and _is_event(node.name, bases)
    ]


def _is_event(name: str, bases: dict[str, set[str]]) -> bool:
    return any(base == _BASE or _is_event(base, bases) for base in bases.get(name, ()))


def _first_sentence(docstring: str) -> str:
    """The text up to the first full stop before a space or a line's end, on one line."""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    sentence, stop, _ = paragraph.partition(". ")
    return f"{sentence}." if stop else sentence
