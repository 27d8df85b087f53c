"""Applies the pending migrations while the product is in use: no file holds up the functions for longer than seconds.

A file that changes a table waits for the table's lock, and every statement that comes later waits behind it. So a file
gives up after `Patience.lock_s`, lets the others pass, and tries again. Each file is a transaction of its own: what is
applied stays applied if a later file fails, which is why files add first and remove in a later release (ADR 134).

A file that begins with `-- outside a transaction` has one statement that cannot run in one, as `create index
concurrently`. A crash leaves such an index behind, invalid; it is dropped before the file is run again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql
from psycopg.rows import tuple_row

from rideflow.kernel import migrations
from rideflow.kernel.migrations import Migration

_LOCK = 7_433_548_201
"""The number of the advisory lock: two concurrent runs would apply a file twice."""

_INDEX = re.compile(r"create (?:unique )?index concurrently if not exists (\w+)", re.IGNORECASE)

type Connection = psycopg.Connection[object]


@dataclass(frozen=True)
class Patience:
    """How long a run waits. `lasts_s` is for the whole run; a lock is asked for `attempts` times, `pause_s` apart."""

    lasts_s: float = 540
    lock_s: float = 3
    attempts: int = 20
    pause_s: float = 2


class UnfinishedError(Exception):
    """Files are left to apply; another run goes on after those that are applied. The message says what stopped this
    one.
    """


def migrate(connection: Connection, patience: Patience = Patience()) -> list[str]:
    """Apply the pending migrations; returns their names. The connection commits by itself and belongs to the owner.

    Raises `UnfinishedError`, `OtherSchemaError`.
    """
    until = time.monotonic() + patience.lasts_s
    names: list[str] = []
    with _alone(connection, patience, until):
        for migration in migrations.pending(_applied(connection)):
            try:
                _apply(connection, migration, patience, until)
            except errors.QueryCanceled as error:
                raise UnfinishedError(f"{migration.name} did not end in the run's {patience.lasts_s:.0f} s") from error
            names.append(migration.name)
    return names


def migrate_url(database_url: str) -> list[str]:
    """`migrate` on a connection of its own."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        return migrate(connection)


@contextmanager
def _alone(connection: Connection, patience: Patience, until: float) -> Iterator[None]:
    """Wait for the end of another run. The lock is the session's, so it ends with a run that dies."""
    while not _one(connection, "select pg_try_advisory_lock(%s)", _LOCK):
        _left_ms(until, "another run is applying migrations")
        time.sleep(min(patience.pause_s, 0.2))
    try:
        yield
    finally:
        if not connection.closed:
            _one(connection, "select pg_advisory_unlock(%s)", _LOCK)


def _apply(connection: Connection, migration: Migration, patience: Patience, until: float) -> None:
    if migration.outside_a_transaction:
        _apply_outside(connection, migration, until)
        return
    for _ in range(patience.attempts):
        try:
            _apply_inside(connection, migration, patience, until)
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            time.sleep(patience.pause_s)
        else:
            return
    raise UnfinishedError(f"{migration.name} got no lock in {patience.attempts} attempts of {patience.lock_s} s")


def _apply_inside(connection: Connection, migration: Migration, patience: Patience, until: float) -> None:
    left_ms = _left_ms(until, f"no time is left for {migration.name}")
    with connection.transaction():
        connection.execute("select set_config('statement_timeout', %s, true)", (f"{left_ms}ms",))
        connection.execute("select set_config('lock_timeout', %s, true)", (f"{patience.lock_s * 1000:.0f}ms",))
        connection.execute(migration.statements.encode(), prepare=False)  # unprepared: a file holds several
        _record(connection, migration)


def _apply_outside(connection: Connection, migration: Migration, until: float) -> None:
    """Without a timeout of locks: the statement waits for older transactions, and lets later ones pass."""
    left_ms = _left_ms(until, f"no time is left for {migration.name}")
    before = _one(connection, "select current_setting('statement_timeout')")
    connection.execute("select set_config('statement_timeout', %s, false)", (f"{left_ms}ms",))
    try:
        for index in _INDEX.findall(migration.statements):
            if _one(
                connection, "select count(*) from pg_index where indexrelid = to_regclass(%s) and not indisvalid", index
            ):
                connection.execute(sql.SQL("drop index concurrently if exists {}").format(sql.Identifier(index)))
        connection.execute(migration.statements.encode(), prepare=False)
        _record(connection, migration)
    finally:
        if not connection.closed:
            connection.execute("select set_config('statement_timeout', %s, false)", (before,))


def _record(connection: Connection, migration: Migration) -> None:
    connection.execute("insert into migrations (name, digest) values (%s, %s)", (migration.name, migration.digest))


def _applied(connection: Connection) -> dict[str, str | None]:
    """Names and digests of the applied migrations. A table from before the digests has nulls."""
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "create table if not exists migrations"
            " (name text primary key, digest text, applied_at timestamptz not null default now())"
        )
        cursor.execute("alter table migrations add column if not exists digest text")
        return dict(cursor.execute("select name, digest from migrations").fetchall())


def _one(connection: Connection, statement: str, *parameters: object) -> object:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(statement.encode(), parameters).fetchone()
    return row[0] if row else None


def _left_ms(until: float, otherwise: str) -> int:
    """What is left of the run, in milliseconds. Raises `UnfinishedError`."""
    left_ms = int((until - time.monotonic()) * 1000)
    if left_ms <= 0:
        raise UnfinishedError(otherwise)
    return left_ms
