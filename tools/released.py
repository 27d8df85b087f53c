"""What the last release asks of the database: a migration is judged by the code that still runs when it is applied.

While a release is deployed, and after a rollback, the code of the release before runs on the new schema. A release is
recorded by what it asks: the text of each SQL file and the columns that it answers with. A test explains every
recorded statement on the present schema, in the role of functions: a column or table that is gone or has another type,
a right that was taken away, and a column that a recorded insert leaves out although it must not be null, are found
there.

    .venv/bin/python -m tools.released record      when a release is made; the diff is part of it
    .venv/bin/python -m tools.released play REF    run the tests of a former commit on the present schema
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlglot
from psycopg import pq
from sqlglot import exp

from local.postgres import start_postgres
from rideflow.kernel.migrations.applying import migrate_url
from tools.arrows.sql import LAYER, ROOT

RELEASED = ROOT / "tests" / "released" / "statements.json"
PLAYED = ("tests/adapters", "tests/functions")
FUNCTIONS = "functions"

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_TYPES = (
    (re.compile(r"now|at|before|since|until|.*_(at|before)"), "timestamptz"),
    (re.compile(r"id|.*_id"), "uuid"),
    (re.compile(r"longest_gap"), "interval"),
)
"""Types of parameters, by their names, for statements from which PostgreSQL cannot tell them."""


@dataclass(frozen=True)
class Released:
    """A statement of the release: its file, its text, and the type of each column that it answers with."""

    file: str
    text: str
    columns: dict[str, str]


def released(file: Path = RELEASED) -> list[Released]:
    return [Released(name, each["text"], each["columns"]) for name, each in json.loads(file.read_text()).items()]


def explain(connection: psycopg.Connection[Any], text: str) -> None:
    """Have the statement parsed, planned and its rights checked. It is not run. Raises psycopg's errors."""
    connection.execute(b"explain " + _with_nulls(connection, text).encode())


def columns(connection: psycopg.Connection[Any], text: str) -> dict[str, str]:
    """The name and type of each column that the statement answers with. Raises psycopg's errors."""
    prepared = connection.pgconn.prepare(b"", _with_nulls(connection, text).encode())
    if prepared.status != pq.ExecStatus.COMMAND_OK:
        raise psycopg.ProgrammingError(prepared.error_message.decode())
    told = connection.pgconn.describe_prepared(b"")
    fields = [(told.fname(index), told.ftype(index), told.fmod(index)) for index in range(told.nfields)]
    return {
        (name or b"").decode(): connection.execute("select format_type(%s, %s)", (oid, modifier)).fetchone()[0]  # type: ignore[index]
        for name, oid, modifier in fields
    }


def unsaid(connection: psycopg.Connection[Any], text: str) -> Iterator[str]:
    """Columns that the statement's inserts leave out although they are not null and have no default."""
    for statement in sqlglot.parse(_PLACEHOLDER.sub("null", text), dialect="postgres"):
        for insert in statement.find_all(exp.Insert) if statement else ():
            table = insert.this.find(exp.Table)
            said = {column.name for column in insert.this.expressions} if isinstance(insert.this, exp.Schema) else set()
            needed = connection.execute(
                "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and attnotnull"
                " and not atthasdef and attidentity = '' and not attisdropped",
                (table.name,),
            ).fetchall()
            yield from (f"{table.name}.{name}" for (name,) in needed if said and name not in said)


def _with_nulls(connection: psycopg.Connection[Any], text: str) -> str:
    """The statement with a null for each parameter, of the type that its name tells if PostgreSQL needs to be told."""
    bare = _PLACEHOLDER.sub("null", text).replace("%%", "%")
    if connection.pgconn.prepare(b"", bare.encode()).status == pq.ExecStatus.COMMAND_OK:
        return bare
    return _PLACEHOLDER.sub(lambda found: _typed(found[1]), text).replace("%%", "%")


def _typed(name: str) -> str:
    kind = next((kind for pattern, kind in _TYPES if pattern.fullmatch(name)), None)
    return f"null::{kind}" if kind else "null"


def record(file: Path = RELEASED) -> int:
    """Write what the present code asks; returns the number of statements."""
    found = {}
    with _migrated() as url, psycopg.connect(url, autocommit=True) as connection:
        for each in sorted(LAYER.rglob("sql/*.sql")):
            text = each.read_text(encoding="utf-8")
            found[each.relative_to(LAYER).as_posix()] = {"text": text, "columns": columns(connection, text)}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(found)


@contextmanager
def _migrated() -> Iterator[str]:
    """A database with the present schema, on a server of its own."""
    with tempfile.TemporaryDirectory(prefix="rideflow-released-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as another user than root
        server = start_postgres(folder / "data", folder / "postgres.log", durable=False)
        try:
            migrate_url(server.url())
            yield server.url()
        finally:
            server.stop()


def play(ref: str, tests: list[str]) -> int:
    """Run the tests of a former commit with its code, and the present migrations; returns pytest's status.

    Raises `subprocess.CalledProcessError` if there is no such commit.
    """
    archive = subprocess.run(["git", "archive", ref], cwd=ROOT, check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory(prefix="rideflow-released-") as name:
        former = Path(name)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(former, filter="data")
        _take_over_migrations(former)
        for found in (".venv", ".rideflow/bin"):  # what set-up installed and fetched
            (former / found).parent.mkdir(exist_ok=True)
            (former / found).symlink_to(ROOT / found)
        python = os.pathsep.join(str(former / folder) for folder in ("", "layers/rideflow/python"))
        command = [sys.executable, "-m", "pytest", "-q", "--deselect=tests/adapters/kernel/test_migrations.py", *tests]
        return subprocess.run(command, cwd=former, check=False, env=os.environ | {"PYTHONPATH": python}).returncode


def _take_over_migrations(former: Path) -> None:
    """Replace the former tree's migrations by the present ones; the code that applies them stays the former's."""
    package = former / LAYER.relative_to(ROOT)
    for file in package.rglob("migrations/*.sql"):
        file.unlink()
    for file in LAYER.rglob("migrations/*.sql"):
        target = package / file.relative_to(LAYER)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="tools.released", description="The last release's code on the present schema."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("record", help="write what the present code asks of the database, when a release is made")
    playing = commands.add_parser("play", help="run a former commit's tests on the present schema")
    playing.add_argument("ref", help="the release's tag or commit")
    playing.add_argument("tests", nargs="*", default=list(PLAYED), help="files or folders of the former commit")
    chosen = parser.parse_args(arguments)
    if chosen.command == "record":
        print(f"{record()} statements are in {RELEASED.relative_to(ROOT)}")
        return 0
    try:
        return play(chosen.ref, chosen.tests)
    except subprocess.CalledProcessError as error:
        print(f"released: {error.stderr.decode().strip()}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
