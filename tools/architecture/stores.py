"""The stores of contexts: tables and published objects in PostgreSQL, keys in Redis, and other needs of functions."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_CREATES = re.compile(r"^create (?:or replace |unlogged )?(table|view|function) (\w+)", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"^comment on (?:view|function) (\w+) is\s+'((?:[^']|'')*)';", re.IGNORECASE | re.MULTILINE)
_PUBLISHED = "published_"


@dataclass(frozen=True)
class Stored:
    """A table, view or function that a migration creates; `comment` is the database's own."""

    context: str
    kind: str
    name: str
    path: str
    comment: str

    @property
    def is_published(self) -> bool:
        return self.name.startswith(_PUBLISHED)


@dataclass(frozen=True)
class Key:
    """A key of the driver index: its name without the zone's tag, and its description."""

    name: str
    holds: str


def stored(root: Path) -> list[Stored]:
    """In the order of contexts, migrations and lines."""
    layer = root / "layers" / "rideflow" / "python" / "rideflow"
    found: list[Stored] = []
    for file in sorted(layer.glob("*/migrations/*.sql")):
        text = file.read_text(encoding="utf-8")
        comments = {name: " ".join(said.replace("''", "'").split()) for name, said in _COMMENT.findall(text)}
        context, path = file.relative_to(layer).parts[0], file.relative_to(root).as_posix()
        found += [
            Stored(context, kind.lower(), name, path, comments.get(name, "")) for kind, name in _CREATES.findall(text)
        ]
    return found


def redis_keys(file: Path) -> list[Key]:
    """The keys that methods of the key module make, each with the first paragraph of the method's docstring."""
    return [
        Key(name, " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split()))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (name := ", ".join(_made_in(node)))
    ]


def needs(file: Path) -> dict[str, str]:
    """Needs by name, with their descriptions: the settings' prefixes and the first paragraphs of their docstrings."""
    described: dict[str, str] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                match line:
                    case ast.Assign(targets=[ast.Name(id="prefix")], value=ast.Constant(value=str(prefix))):
                        described[prefix] = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
    return described


def _made_in(method: ast.FunctionDef) -> list[str]:
    """The arguments of `self._key(…)`, with the names of the values that are filled in."""
    return [
        ast.unparse(node.args[0]).removeprefix("f").strip("'\"")
        for node in ast.walk(method)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "_key"
    ]
