"""A copy of the database: dumped, restored beside it, compared with it, and put in its place.

The dump and the checksums of the original come from one snapshot, so they agree while the stack is at work. A restored
cluster on AWS takes the place of a lost one behind the same RDS Proxy; here a restored database takes its name, so the
functions' addresses stay the same in both cases.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from local.postgres import program
from local.wording import counted

JOBS = 2
"""Connections of pg_restore."""


_PRIVILEGES: dict[str, LiteralString] = {"CONNECT": "connect", "CREATE": "create", "TEMPORARY": "temporary"}
_RIGHTS = """
    select case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end, privilege_type
    from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
    where datname = current_database()
"""


class RestoreError(Exception):
    """The copy cannot be made, or is none; the message says what differs."""


@dataclass(frozen=True)
class Table:
    """`checksum` is the sum of the rows' 64-bit hashes: it does not depend on their order."""

    rows: int
    checksum: int


@dataclass(frozen=True)
class Content:
    """What a database holds, by the qualified names of its tables, and who has which right on it.

    A dump has the rights on everything inside the database, and not those on itself.
    """

    tables: Mapping[str, Table]
    rights: frozenset[tuple[str, str]]
    """Grantee and privilege, as `("functions", "CONNECT")`."""

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True)
class Snapshot:
    """A state of the database that several connections can read while the snapshot is held."""

    id: str
    content: Content


def renamed(url: str, database: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def name_in(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Hold a snapshot of the database for the time of the block."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        exported = connection.execute("select pg_export_snapshot()").fetchone()
        assert exported is not None
        yield Snapshot(exported[0], content(connection))


def content(connection: psycopg.Connection) -> Content:
    """Count and hash every row of every table, in the connection's own transaction."""
    names = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    tables = {f"{schema}.{name}": _table(connection, schema, name) for schema, name in sorted(names)}
    return Content(tables, frozenset(connection.execute(_RIGHTS).fetchall()))


def _table(connection: psycopg.Connection, schema: str, name: str) -> Table:
    counted = connection.execute(
        sql.SQL(
            "select count(*), coalesce(sum(hashtextextended((each.*)::text, 0)::numeric), 0) from {} as each"
        ).format(sql.Identifier(schema, name))
    ).fetchone()
    assert counted is not None
    return Table(int(counted[0]), int(counted[1]))


def dump(url: str, held: Snapshot, target: Path) -> None:
    """Write the snapshot to a file in pg_dump's own format. Raises `RestoreError`."""
    _run("pg_dump", "--format=custom", f"--snapshot={held.id}", f"--file={target}", f"--dbname={url}")


def restore(source: Path, url: str, rights: Iterable[tuple[str, str]]) -> None:
    """Make the database `url` anew from a dump, with these rights on it. A former one of that name is dropped.

    Raises `RestoreError`.
    """
    name = sql.Identifier(name_in(url))
    with _administration(url) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        connection.execute(sql.SQL("create database {} template template0").format(name))
    _run("pg_restore", "--exit-on-error", f"--jobs={JOBS}", f"--dbname={url}", str(source))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("analyze")  # a dump has no statistics: without them the planner guesses
        connection.execute(sql.SQL("revoke all on database {} from public").format(name))
        for grantee, privilege in rights:
            connection.execute(_granting(name, grantee, privilege))


def _granting(database: sql.Identifier, grantee: str, privilege: str) -> sql.Composed:
    """Privileges are PostgreSQL's own words; everybody is one too."""
    to = sql.SQL("public") if grantee == "public" else sql.Identifier(grantee)
    return sql.SQL("grant {} on database {} to {}").format(sql.SQL(_PRIVILEGES[privilege]), database, to)


def compare(original: Content, url: str) -> Content:
    """The content of the database `url`. Raises `RestoreError` with what is not as it was."""
    with psycopg.connect(url) as connection:
        found = content(connection)
    if differences := _differences(original, found):
        raise RestoreError("The copy is not the original: " + "; ".join(differences))
    return found


def _differences(original: Content, found: Content) -> list[str]:
    differing = [f"{name} is missing" for name in sorted(original.tables.keys() - found.tables.keys())]
    differing += [f"{name} is new" for name in sorted(found.tables.keys() - original.tables.keys())]
    for name in sorted(original.tables.keys() & found.tables.keys()):
        before, after = original.tables[name], found.tables[name]
        if before.rows != after.rows:
            differing.append(f"{name} has {counted(after.rows, 'row')} in place of {before.rows}")
        elif before.checksum != after.checksum:
            differing.append(f"{name} has other rows")
    differing += [f"{who} {what} is another right" for who, what in sorted(original.rights ^ found.rights)]
    return differing


def put_in_place(url: str, restored: str, aside: str) -> None:
    """Give the database `restored` the name of the one at `url`, which is kept under the name `aside`.

    Connections to the old one are ended, and none is let in. The two names change in one transaction. A former database
    `aside` is dropped.
    """
    live = sql.Identifier(name_in(url))
    with _administration(url) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(aside)))
        connection.execute(sql.SQL("alter database {} with allow_connections false").format(live))
        try:
            _end_connections(connection, name_in(url), restored)
            with connection.transaction():
                connection.execute(sql.SQL("alter database {} rename to {}").format(live, sql.Identifier(aside)))
                connection.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(restored), live))
        except BaseException:
            connection.execute(sql.SQL("alter database {} with allow_connections true").format(live))
            raise


def _end_connections(connection: psycopg.Connection, *databases: str) -> None:
    connection.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = any(%s)",
        [list(databases)],
    )


@contextmanager
def _administration(url: str) -> Iterator[psycopg.Connection]:
    """A connection from which databases can be made and renamed."""
    with psycopg.connect(renamed(url, "postgres"), autocommit=True) as connection:
        yield connection


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([str(program(name)), *arguments], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RestoreError(f"{name} failed: {done.stderr.strip()}")
