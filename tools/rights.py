"""What the functions' SQL asks of the database: the rights that their role needs, and no others.

Every file below `sql/`, every body of a function that a migration creates and every statement in Python is read by a
parser (sqlglot). What each clause needs is PostgreSQL's rule (manual, "GRANT" and "INSERT"): an insert that returns
columns or names a conflict's columns also selects; a row lock needs the right to update one column. A view is read with
its owner's rights, so nothing is needed of the tables below it; a function's body is run with its caller's, so its
tables count, unless it is a `security definer`.

`.venv/bin/python -m tools.rights` prints the rights of each object, as migrations grant them.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from tools.arrows.literals import statements_in
from tools.arrows.sql import FUNCTIONS, LAYER, UnreadableSqlError, bodies_run_by_callers, created, parsed

VERBS = ("select", "insert", "update", "lock", "delete", "execute")
"""`lock` is `update` of one column, which no statement updates."""


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one table, view or function."""

    object: str
    verb: str


def needed(layer: Path = LAYER, functions: Path = FUNCTIONS) -> dict[Right, set[str]]:
    """The rights that the files need, each with the names of the files that need it. Raises `UnreadableSqlError`."""
    objects = {name for file in layer.rglob("migrations/*.sql") for name in created(file.read_text(encoding="utf-8"))}
    found: defaultdict[Right, set[str]] = defaultdict(set)
    for file, text in _texts(layer, functions):
        try:
            statements = list(parsed(text))
        except sqlglot.errors.SqlglotError as error:
            if file.suffix == ".py":
                continue  # text that only begins like a statement
            raise UnreadableSqlError(f"{file.name}: {error}") from error
        for statement in statements:
            for right in _of(statement, objects, file.name):
                found[right].add(file.name)
    return {
        right: files
        for right, files in found.items()
        if right.verb != "lock" or Right(right.object, "update") not in found
    }


def _texts(layer: Path, functions: Path) -> Iterator[tuple[Path, str]]:
    for file in sorted(layer.rglob("sql/*.sql")):
        yield file, file.read_text(encoding="utf-8")
    for file in sorted(layer.rglob("migrations/*.sql")):
        yield from ((file, body) for body in bodies_run_by_callers(file.read_text(encoding="utf-8")))
    for folder in (layer, functions):
        for file in sorted(folder.rglob("*.py")):
            if "migrations" not in file.parts:  # the migrator's own statements are the owner's
                yield from ((file, text) for text in statements_in(file.read_text(encoding="utf-8")))


def _of(statement: Any, objects: set[str], file: str) -> Iterator[Right]:
    """The rights that one statement needs of these objects. Raises `UnreadableSqlError`."""
    own = {str(cte.alias) for cte in statement.find_all(exp.CTE)}
    if shadowed := own & objects:
        raise UnreadableSqlError(f"{file}: {', '.join(sorted(shadowed))} names an object and a part of a statement")
    targets: set[int] = set()
    for change in statement.find_all(exp.Insert, exp.Update, exp.Delete):
        target = change.this.find(exp.Table)
        targets.add(id(target))
        yield from (Right(str(target.name), verb) for verb in _changes(change) if target.name in objects)
    for table in statement.find_all(exp.Table):
        if id(table) not in targets and table.name in objects:
            yield Right(str(table.name), "select")
    for lock in statement.find_all(exp.Lock):
        yield from (Right(name, "lock") for name in _locked(lock) if name in objects)
    for call in statement.find_all(exp.Anonymous):
        if str(call.name) in objects:
            yield Right(str(call.name), "execute")


def _changes(change: Any) -> Iterator[str]:
    """The verbs that a change of rows needs of its table."""
    yield type(change).__name__.lower()
    conflict = change.args.get("conflict")
    if conflict is not None and conflict.args.get("expressions"):
        yield "update"
    names_a_conflict = conflict is not None and bool(conflict.args.get("conflict_keys"))
    if not isinstance(change, exp.Insert) or change.args.get("returning") or names_a_conflict:
        yield "select"


def _locked(lock: Any) -> Iterator[str]:
    """The tables whose rows a clause `for update` or `for share` locks: those of its `of`, or all of its query."""
    tables = {str(table.alias_or_name): str(table.name) for table in _tables_of(lock.parent)}
    named = [str(each.name) for each in lock.expressions]
    yield from (tables[name] for name in named or tables)


def _tables_of(query: Any) -> Iterator[Any]:
    """Tables that a query itself names after `from` and `join`."""
    sources = [query.args.get("from_") or query.args.get("from"), *query.args.get("joins", [])]
    yield from (source.this for source in sources if source is not None and isinstance(source.this, exp.Table))


def main() -> int:
    try:
        rights = needed()
    except UnreadableSqlError as error:
        print(error, file=sys.stderr)
        return 1
    for name in sorted({right.object for right in rights}):
        print(f"{name}: {', '.join(verb for verb in VERBS if Right(name, verb) in rights)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
