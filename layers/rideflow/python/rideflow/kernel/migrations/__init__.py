"""Database migrations: numbered SQL files beside each context, applied once, in order.

The files of a context are `<context>/migrations/NNNN_<what>.sql`. Contexts are migrated in the order of `CONTEXTS`, so
a view may read the tables of a context before its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import psycopg
from psycopg.rows import scalar_row

CONTEXTS = (
    "kernel", "identity", "riders", "drivers", "pricing", "trips", "dispatch", "payments", "locations", "realtime",
    "notifications", "analytics",
)  # fmt: skip

_LOCK = 7_433_548_201
"""Advisory lock number: two migrations at once would apply a file twice."""


@dataclass(frozen=True)
class Migration:
    """One file; `name` is `<context>/<file>`."""

    name: str
    statements: str


def pending(applied: set[str]) -> list[Migration]:
    """The migrations that are not applied yet, in the order they must be."""
    found = []
    for context in CONTEXTS:
        package = resources.files("rideflow").joinpath(context)
        folder = package.joinpath("migrations")
        if not package.is_dir() or not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            name = f"{context}/{file.name.removesuffix('.sql')}"
            if file.name.endswith(".sql") and name not in applied:
                found.append(Migration(name, file.read_text(encoding="utf-8")))
    return found


def migrate(connection: psycopg.Connection[object]) -> list[str]:
    """Apply what is pending in one transaction; returns the names. All of it commits, or nothing does."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            "create table if not exists migrations"
            " (name text primary key, applied_at timestamptz not null default now())"
        )
        with connection.cursor(row_factory=scalar_row) as cursor:
            applied = set(cursor.execute("select name from migrations").fetchall())
        names = []
        for migration in pending(applied):
            connection.execute(migration.statements.encode(), prepare=False)  # unprepared: a file holds several
            connection.execute("insert into migrations (name) values (%s)", (migration.name,))
            names.append(migration.name)
    return names


def migrate_url(database_url: str) -> list[str]:
    """`migrate` on a connection of its own."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        return migrate(connection)
