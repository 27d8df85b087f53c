"""SQL arrows: which context's statements and functions touch tables, views and functions of another context.

A context owns the objects that its migrations create. Every file is read by a real parser (sqlglot). Bodies of
functions, which the parser keeps as text, are cut out and parsed as well, and so are statements in Python files.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from tools.arrows.literals import statements_in

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "layers" / "rideflow" / "python" / "rideflow"
FUNCTIONS = ROOT / "functions"
PUBLISHED = "published_"
"""Prefix of the objects that a context publishes: views, and functions that change or lock its rows."""

_CREATES_FUNCTION = re.compile(r"create (?:or replace )?function (\w+)", re.IGNORECASE)
_RUNS_AS_OWNER = re.compile(r"\bsecurity definer\b", re.IGNORECASE)
_BODY = re.compile(r"\$\$(.*?)\$\$", re.DOTALL)
_CREATES_TRIGGER = re.compile(r"create (?:constraint )?trigger", re.IGNORECASE)
_OF_A_TRIGGER = re.compile(r"\b(?:on|function) (\w+)", re.IGNORECASE)
_AFTER_A_WORD = re.compile(r"\b(?:from|join|into|update)\s+(\w+)", re.IGNORECASE)
_NO_STATEMENT = re.compile(r"--[^\n]*|^#[^\n]*", re.MULTILINE)
"""Comments, and options of PL/pgSQL."""

# PL/pgSQL's syntax around statements. The rest of each line is a statement that the parser reads.
_CONDITION = re.compile(r"^(?:els)?if\s+(.*?)\s+then\b", re.IGNORECASE | re.DOTALL)
_RETURNS = re.compile(r"^return query\s", re.IGNORECASE)
_PERFORMS = re.compile(r"^perform\b", re.IGNORECASE)
_ASSIGNS = re.compile(r"^\w+\s*:=\s*")
_DECLARES = re.compile(r"^\s*declare\b[^()]*?\bbegin\b", re.IGNORECASE)
"""Variables with their types. One whose value is a query is not looked over, since it has parentheses."""
_INTO_VARIABLES = re.compile(r"\sinto\s+\w+(?:\s*,\s*\w+)*$", re.IGNORECASE)
"""The end of a query whose columns become variables."""
_OTHER = re.compile(r"^(?:begin|declare|end|end if|else|return|raise|null)\b", re.IGNORECASE)


class UnreadableSqlError(Exception):
    """A file holds SQL that cannot be parsed; the message names the file."""


@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """A context's file touches an object of another context."""

    source: str
    target: str
    object: str
    file: str
    writes: bool = False


def touches(layer: Path = LAYER, functions: Path = FUNCTIONS) -> list[Touch]:
    """Every touch across contexts, from files of the layer and of handlers. Raises `UnreadableSqlError`."""
    named = {file: list(_named_in(file)) for file in sorted(layer.rglob("*.sql"))}
    owner = {
        name: _context_of(file, layer) for file, names in named.items() for kind, name in names if kind == "creates"
    }
    found: set[Touch] = set()
    for folder in (layer, functions):
        for file in sorted(folder.rglob("*.py")):
            named[file] = list(_named_in_python(file))
    for file, names in named.items():
        folder = layer if file.is_relative_to(layer) else functions
        source = _context_of(file, folder)
        for kind, name in names:
            target = owner.get(name)
            if kind != "creates" and target is not None and target != source:
                label = file.relative_to(folder if folder == layer else folder.parent).as_posix()
                found.add(Touch(source, target, name, label, kind == "writes"))
    return sorted(touch for touch in found if touch.writes or replace(touch, writes=True) not in found)


def _context_of(file: Path, folder: Path) -> str:
    return file.relative_to(folder).parts[0]


def _named_in(file: Path) -> Iterator[tuple[str, str]]:
    try:
        yield from _named(file.read_text(encoding="utf-8"))
    except sqlglot.errors.SqlglotError as error:
        raise UnreadableSqlError(f"{file.name}: {error}") from error


def _named_in_python(file: Path) -> Iterator[tuple[str, str]]:
    """Names after SQL's keywords, for text that only begins like a statement or is concatenated."""
    for text in statements_in(file.read_text(encoding="utf-8")):
        try:
            yield from _named(text)
        except sqlglot.errors.SqlglotError:
            yield from (("uses", name.lower()) for name in _AFTER_A_WORD.findall(text))


def _named(text: str) -> Iterator[tuple[str, str]]:
    """Objects that the statements create, use and write: (`creates`, `uses` or `writes`, name)."""
    for statement in parsed(text):
        if isinstance(statement, exp.Create) and statement.kind in {"TABLE", "VIEW"}:
            yield "creates", _name_of(statement)
        source = statement.sql("postgres") if isinstance(statement, exp.Command | exp.Create) else ""
        if function := _CREATES_FUNCTION.search(source):
            yield "creates", function[1].lower()
            for body in _BODY.findall(source):
                yield from _named("\n".join(f"{each};" for each in _statements_of(body)))
        elif _CREATES_TRIGGER.search(source):
            yield from (("uses", name.lower()) for name in _OF_A_TRIGGER.findall(source))
        else:
            yield from (("uses", name) for name in _used(statement))
            yield from (("writes", name) for name in _written(statement))


def created(text: str) -> set[str]:
    """Tables, views and functions that a migration creates."""
    return {name for kind, name in _named(text) if kind == "creates"}


def bodies_run_by_callers(text: str) -> Iterator[str]:
    """The statements in the bodies of the functions that a migration creates, a text for each function.

    Those that run with their owner's rights (`security definer`) are left out.
    """
    for statement in parsed(text):
        source = statement.sql("postgres") if isinstance(statement, exp.Command | exp.Create) else ""
        if _CREATES_FUNCTION.search(source) and not _RUNS_AS_OWNER.search(_BODY.sub("", source)):
            for body in _BODY.findall(source):
                yield "\n".join(f"{each};" for each in _statements_of(body))


def parsed(text: str) -> Iterable[Any]:
    """The statements of a text. Raises sqlglot's errors."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of parts kept as text, which are parsed here
    return [statement for statement in sqlglot.parse(text, dialect="postgres") if statement is not None]


def _name_of(statement: exp.Create) -> str:
    table = statement.find(exp.Table)
    return "" if table is None else str(table.name)


def _used(statement: Any) -> set[str]:
    """Tables and functions; names that the statement itself defines by `with` are left out."""
    own = {str(cte.alias) for cte in statement.find_all(exp.CTE)}
    tables = {str(table.name) for table in statement.find_all(exp.Table)}
    functions = {str(call.name) for call in statement.find_all(exp.Anonymous)}
    return (tables | functions) - own


def _written(statement: Any) -> set[str]:
    """Tables whose rows the statement adds, changes or deletes."""
    changes = statement.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge)
    targets = (change.this.find(exp.Table) for change in changes if change.this is not None)
    return {str(target.name) for target in targets if target is not None}


def _statements_of(body: str) -> Iterator[str]:
    """The SQL statements in a function's body, whichever language it is in."""
    for part in _DECLARES.sub("begin", _NO_STATEMENT.sub("", body)).split(";"):
        left = part.strip()
        while left:
            if condition := _CONDITION.match(left):
                yield f"select {condition[1]}"
                left = left[condition.end() :].strip()
            elif _RETURNS.match(left):
                left = _RETURNS.sub("", left)
            elif _PERFORMS.match(left):
                left = _PERFORMS.sub("select", left)
            elif _ASSIGNS.match(left):
                left = _ASSIGNS.sub("select ", left)
            elif word := _OTHER.match(left):
                rest = left[word.end() :].strip()
                left = rest if word[0].lower() == "begin" else ""
            else:
                yield _INTO_VARIABLES.sub("", left)
                left = ""
