"""PostgreSQL: one connection per execution environment, SQL read from files.

A Lambda environment serves one invocation at a time, so one connection is enough; RDS Proxy pools across environments.
The connection is in autocommit mode: a single statement (state, event log and outbox in one CTE) is its own transaction
and costs one round trip; `transaction()` is for what needs several.
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_dumps, set_json_loads

from rideflow.kernel.certificates import authorities, rds_authorities
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.iam_tokens import database_token
from rideflow.kernel.json_text import from_json, json_bytes
from rideflow.kernel.settings import IDLE_SESSION_LASTS_MS, STATEMENT_LASTS_MS, DatabaseSettings, MigratorSettings

_FEW_PARAMETERS = 50
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

_LOST_AFTER: Mapping[str, Any] = {
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3_000,
}
"""TCP options in seconds, the last one in milliseconds. If the other end of a connection disappears without closing it,
because a node was replaced or the environment was frozen for minutes, statements get no response. The connection is
given up after 3 s without an acknowledgement, which is four retransmissions, or after 5 s of silence under a statement,
so that a function of 10 s can still respond. A slow database acknowledges; `STATEMENT_LASTS_MS` limits its time."""

type Row = dict[str, Any]
type Parameters = Mapping[str, Any]


class DatabaseUnavailableError(UnavailableError):
    """The database did not answer. It is not known whether the statement was committed, so the caller repeats it."""

    code = "database_unavailable"


@cache
def sql(package: str, name: str) -> LiteralString:
    """The text of `sql/<name>.sql` in the package. Files are code: their text is as trusted as this module's."""
    return resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


class Database:
    """Runs statements on a connection that is opened on first use and opened again after it broke."""

    def __init__(self, connect: Callable[[], psycopg.Connection[DictRow]]) -> None:
        self._connect = connect
        self._connection: psycopg.Connection[DictRow] | None = None
        self.statements = 0
        """The number of statements that were sent; benchmarks and tests count round trips by it."""

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        """The first row of the answer, or None."""
        cursor = self._executed(statement, parameters)
        return cursor.fetchone() if _has_columns(cursor) else None

    def value(self, statement: LiteralString, parameters: Parameters) -> Any:
        """The answer of a statement that has one row of one column. Raises ValueError if it has another shape."""
        [value] = (self.one(statement, parameters) or {}).values()
        return value

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        """Every row of the answer."""
        cursor = self._executed(statement, parameters)
        return cursor.fetchall() if _has_columns(cursor) else []

    def execute(self, statement: LiteralString, parameters: Parameters) -> int:
        """Run the statement; returns how many rows it changed."""
        return self._executed(statement, parameters).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements inside commit together, or not at all."""
        try:
            with self._open().transaction():
                yield
        except psycopg.OperationalError as error:
            raise self._lost() from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _executed(self, statement: LiteralString, parameters: Parameters) -> psycopg.Cursor[DictRow]:
        """The statement's cursor, which holds its whole answer: reading it asks the server nothing."""
        try:
            cursor = self._open().execute(statement, _used(statement, parameters))
        except psycopg.OperationalError as error:
            raise self._lost() from error
        self.statements += 1
        return cursor

    def _lost(self) -> DatabaseUnavailableError:
        """Close the connection, so that the next use opens another; returns the error to raise."""
        self.close()
        return DatabaseUnavailableError("The database does not answer; please try again.")

    def _open(self) -> psycopg.Connection[DictRow]:
        connection = self._connection
        if connection is None or connection.closed or _hung_up(connection):
            self.close()
            connection = self._connection = self._connect()
        return connection


def _has_columns(cursor: psycopg.Cursor[DictRow]) -> bool:
    """Whether rows can be fetched. `cursor.description` tells this too, but builds an object for each column."""
    return cursor.pgresult is not None and cursor.pgresult.nfields > 0


def _used(statement: LiteralString, parameters: Parameters) -> Parameters:
    """The parameters that the statement names.

    psycopg caches a parsed statement if it is given few parameters, used or not; otherwise it parses each time.
    """
    if len(parameters) <= _FEW_PARAMETERS:
        return parameters
    return {name: parameters[name] for name in _named(statement)}


@cache
def _named(statement: LiteralString) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(statement)))


def _hung_up(connection: psycopg.Connection[DictRow]) -> bool:
    """Whether the server has closed an idle connection: without a query, the only data to read is its goodbye.

    An environment may be frozen for minutes between invocations. This finds a lost connection without a round trip.
    """
    if connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        return False
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    return bool(readable)


def connect(settings: DatabaseSettings, session_name: str | None = None) -> psycopg.Connection[DictRow]:
    """Connect: on loopback without a password, otherwise with an IAM token over verified TLS.

    `session_name` is PostgreSQL's `application_name`, if the session has one.
    """
    # Named prepared statements pin a client to one server connection of RDS Proxy, which defeats its pooling.
    options: dict[str, Any] = (
        {"prepare_threshold": None}
        if settings.auth == "iam"
        else {"prepare_threshold": 0, "options": _session_options(settings)}
    )
    if settings.auth != "trust":
        bundle = rds_authorities() if settings.auth == "iam_at_cluster" else authorities()
        options |= verified(bundle) | {"password": database_token(settings.host, settings.port, settings.user)}
    connection = opened(settings, row_factory=dict_row, application_name=session_name, **options)
    set_json_dumps(json_bytes, connection)
    set_json_loads(from_json, connection)
    return connection


def _session_options(settings: DatabaseSettings) -> str:
    timeouts = {"statement_timeout": STATEMENT_LASTS_MS}
    if settings.use_table:
        timeouts |= dict.fromkeys(
            ("idle_session_timeout", "idle_in_transaction_session_timeout"), IDLE_SESSION_LASTS_MS
        )
    return " ".join(f"-c {name}={timeout_ms}" for name, timeout_ms in timeouts.items())


def verified(bundle: str) -> dict[str, str]:
    """Options of a connection over TLS to a server whose name an authority of this bundle vouches for."""
    return {"sslmode": "verify-full", "sslrootcert": bundle}


def opened(settings: DatabaseSettings | MigratorSettings, **options: Any) -> psycopg.Connection[Any]:
    """A connection that commits by itself. Raises `DatabaseUnavailableError`."""
    try:
        return psycopg.connect(
            host=settings.host,
            port=settings.port,
            dbname=settings.name,
            user=settings.user,
            autocommit=True,
            connect_timeout=5,
            **_LOST_AFTER,
            **options,
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnavailableError("The database does not answer; please try again.") from error


@cache
def database() -> Database:
    """The database of this execution environment."""
    return Database(open_session)


def open_session() -> psycopg.Connection[DictRow]:
    """Connect, and wake the sweeps if the database may pause: from now on there may be something for them to do.

    A session that cannot be counted is not used, or a sweep might sleep on the work that it leaves.
    """
    settings = DatabaseSettings.from_environment()
    connection = connect(settings)
    if settings.use_table:
        from botocore.exceptions import BotoCoreError, ClientError

        from rideflow.kernel.database_use import DatabaseUse

        try:
            DatabaseUse(settings.use_table).session_opened()
        except (BotoCoreError, ClientError) as error:
            connection.close()
            raise DatabaseUnavailableError("The database does not answer; please try again.") from error
    return connection
