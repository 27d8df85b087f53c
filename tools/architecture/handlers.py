"""The operations with their triggers, the events that they consume, and their needs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(
    r"^`?(?:(?:GET|POST|PUT|PATCH|DELETE) /\S+|WebSocket `[^`]+`|(?:Match|Settle) saga|Both sagas)`?: "
)
_SAGAS = {"Match saga": "match saga", "Settle saga": "settle saga", "Both sagas": "both sagas"}
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
EVERY_CONTEXT = "*"


@dataclass(frozen=True)
class Handler:
    """One file of `functions/`. `consumes` are the events of the context `source`."""

    context: str
    name: str
    started_by: str
    does: str
    consumes: tuple[str, ...]
    source: str
    needs: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"functions/{self.context}/{self.name}.py"


def handlers(root: Path) -> list[Handler]:
    """All of them, in the order of their names."""
    files = sorted((root / "functions").glob("*/*.py"))
    return [_handler(file) for file in files if file.stem != "__init__"]


def _handler(file: Path) -> Handler:
    module = ast.parse(file.read_text(encoding="utf-8"))
    docstring = ast.get_docstring(module) or ""
    names, _, source = _told(docstring, "Consumes").partition(" (rideflow.")
    consumes = tuple(name for name in names.split(", ") if name)
    does = _ADDRESS.sub("", docstring.partition("\n")[0])
    return Handler(
        context=file.parent.name,
        name=file.stem,
        started_by=_route(module) or _started_by(docstring, consumes),
        does=does[:1].upper() + does[1:],
        consumes=consumes,
        source=source.rstrip(")"),
        needs=tuple(need for need in _told(docstring, "Needs").split(", ") if need),
    )


def _told(docstring: str, word: str) -> str:
    """The docstring's text after `Needs:`, `Consumes:`, `Runs:` or `Works:`, up to the full stop."""
    found = re.search(rf"^{word}: (.*?)\.\s*$", docstring, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _route(module: ast.Module) -> str:
    """`POST /v1/trips/{trip_id}`, as API Gateway writes it; empty if it is no REST operation."""
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="app"), attr=method), args=[ast.Constant(value=str(path)), *_]
            ) if method in _METHODS:
                return f"`{method.upper()} {re.sub(r'<(\w+)>', r'{\1}', path)}`"
    return ""


def _started_by(docstring: str, consumes: tuple[str, ...]) -> str:
    if consumes:
        return ", ".join(consumes)
    if found := re.match(r"WebSocket `[^`]+`", docstring):
        return found[0]
    saga = next((said for word, said in _SAGAS.items() if docstring.startswith(f"{word}: ")), "")
    works = _told(docstring, "Works")
    return saga or _told(docstring, "Runs") or (f"the {works}" if works else "AWS itself")
