"""The generated block of a context's page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.architecture.events import Event, events
from tools.architecture.handlers import EVERY_CONTEXT, Handler, handlers
from tools.architecture.stores import Key, Stored, needs, redis_keys, stored
from tools.arrows.sql import touches

_UP = "../../"
_LAYER = Path("layers") / "rideflow" / "python" / "rideflow"
_PERMISSION = "A permission that comes without settings."
_KEYS, _SETTINGS = "supply", _LAYER / "kernel" / "settings.py"


@dataclass(frozen=True)
class Facts:
    """Facts that the source contains about all contexts. `readers` are the contexts that use a published object."""

    handlers: Sequence[Handler]
    events: Sequence[Event]
    stored: Sequence[Stored]
    readers: dict[str, set[str]]
    keys: Sequence[Key]
    needs: dict[str, str]

    @classmethod
    def of(cls, root: Path) -> Facts:
        readers: dict[str, set[str]] = defaultdict(set)
        for touch in touches(root / _LAYER, root / "functions"):
            readers[touch.object].add(touch.source)
        keys = redis_keys(root / _LAYER / _KEYS / "keys.py")
        return cls(handlers(root), events(root), stored(root), readers, keys, needs(root / _SETTINGS))


def contexts(root: Path) -> list[str]:
    """The packages of the layer."""
    return sorted(init.parent.name for init in (root / _LAYER).glob("*/__init__.py"))


def block(context: str, facts: Facts) -> str:
    """The context's operations, events, stores and needs; empty parts are left out."""
    parts = [
        _operations(context, facts),
        _published(context, facts),
        _consumed(context, facts),
        _tables(context, facts),
        _views(context, facts),
        _redis(facts.keys) if context == _KEYS else "",
        _needed(context, facts),
    ]
    return "\n".join(part for part in parts if part) or "No operations, events or tables.\n"


def _operations(context: str, facts: Facts) -> str:
    rows = [
        (each.started_by, f"[{each.name}]({_UP}{each.path})", each.does)
        for each in facts.handlers
        if each.context == context
    ]
    return _table("Operations", ("started by", "operation", "does"), rows)


def _published(context: str, facts: Facts) -> str:
    rows = [
        (f"[{each.name}]({_UP}{each.path})", each.tells, ", ".join(_consumers(each, facts)) or "nobody yet")
        for each in facts.events
        if each.context == context
    ]
    return _table("Publishes", ("event", "tells", "consumed by"), rows)


def _consumers(event: Event, facts: Facts) -> list[str]:
    return [
        f"{each.context} ([{each.name}]({_UP}{each.path}))"
        for each in facts.handlers
        if each.source == event.context and event.name in each.consumes
    ]


def _consumed(context: str, facts: Facts) -> str:
    heard: dict[str, set[str]] = defaultdict(set)
    for each in facts.handlers:
        if each.context == context and each.consumes:
            heard[each.source] |= set(each.consumes)
    rows = [
        ("everybody" if source == EVERY_CONTEXT else f"[{source}]({source}.md)", ", ".join(sorted(names)))
        for source, names in sorted(heard.items())
    ]
    return _table("Consumes", ("from", "events"), rows)


def _tables(context: str, facts: Facts) -> str:
    rows = [
        (f"`{each.name}`", each.kind, f"[{Path(each.path).name}]({_UP}{each.path})")
        for each in facts.stored
        if each.context == context and not each.is_published and each.kind != "function"
    ]
    return _table("Tables", ("name", "kind", "migration"), rows)


def _views(context: str, facts: Facts) -> str:
    rows = [
        (f"`{each.name}`", each.kind, ", ".join(sorted(facts.readers.get(each.name, ()))), each.comment)
        for each in facts.stored
        if each.context == context and each.is_published
    ]
    return _table("Publishes in PostgreSQL", ("name", "kind", "used by", "for"), rows)


def _redis(keys: Sequence[Key]) -> str:
    return _table(
        "Redis keys, each behind `{zone}:`", ("key", "holds"), [(f"`{each.name}`", each.holds) for each in keys]
    )


def _needed(context: str, facts: Facts) -> str:
    wanted = sorted({need for each in facts.handlers if each.context == context for need in each.needs})
    return _table(
        "Its functions need", ("need", "is"), [(f"`{need}`", facts.needs.get(need, _PERMISSION)) for need in wanted]
    )


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; empty if there are no rows."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows]
    if not lines:
        return ""
    return f"**{title}**\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}\n{''.join(lines)}"
