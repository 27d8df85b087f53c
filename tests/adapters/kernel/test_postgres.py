import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg import _queries
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from rideflow.kernel import postgres as module
from rideflow.kernel.postgres import Database, DatabaseUnavailableError, sql
from rideflow.kernel.postgres import connect as connect_as
from rideflow.kernel.settings import DatabaseSettings
from tests.adapters.kernel.conftest import Connect
from tests.databases import settings_of

PID = "select pg_backend_pid() as pid"


def pid(database: Database) -> int:
    row = database.one(PID, {})
    assert row is not None
    return int(row["pid"])


def end(backend: int, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s, 5000)", (backend,))


def wait_for_sleep(backend: int, database_url: str) -> None:
    deadline = time.monotonic() + 20
    with psycopg.connect(database_url, autocommit=True) as watcher:
        while time.monotonic() < deadline:
            asleep = "select 1 from pg_stat_activity where pid = %s and wait_event = 'PgSleep'"
            if watcher.execute(asleep, (backend,)).fetchone():
                return
    raise TimeoutError


def test_a_connection_is_opened_on_first_use_and_kept(connect: Connect) -> None:
    opened = []

    def counted() -> psycopg.Connection[dict[str, object]]:
        opened.append(1)
        raise AssertionError

    Database(counted)
    assert opened == []
    database = connect()
    assert pid(database) == pid(database)


def test_a_connection_that_ended_while_it_was_idle_is_opened_again_without_anybody_noticing(
    database: Database, database_url: str
) -> None:
    first = pid(database)
    end(first, database_url)

    assert pid(database) != first


def test_a_connection_that_ends_under_a_statement_is_unavailability_and_then_opened_again(
    database: Database, database_url: str
) -> None:
    backend = pid(database)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(database.one, "select pg_sleep(60)", {})
        wait_for_sleep(backend, database_url)
        end(backend, database_url)
        with pytest.raises(DatabaseUnavailableError):
            running.result(timeout=20)

    assert pid(database) != backend


@pytest.fixture
def _notes(owner: Database) -> None:
    owner.execute("create table notes (text text)", {})
    owner.execute("grant all on notes to functions", {})


@pytest.mark.usefixtures("_notes")
def test_statements_of_a_transaction_commit_together_or_not_at_all(database: Database, connect: Connect) -> None:
    other = connect()

    def fail_in_the_middle() -> None:
        with database.transaction():
            database.execute("insert into notes values ('gone')", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    with database.transaction():
        database.execute("insert into notes values ('kept')", {})
        assert other.all("select text from notes", {}) == []

    assert other.all("select text from notes", {}) == [{"text": "kept"}]


def test_a_refused_statement_is_told_apart_from_a_database_that_is_away(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        database.one("select * from nowhere", {})

    assert database.one("select 1 as one", {}) == {"one": 1}


def test_a_value_is_the_whole_answer_of_its_statement(database: Database) -> None:
    assert database.value("select %(n)s::int as any_name", {"n": 7}) == 7
    assert database.value("select max(id::text) from outbox", {}) is None
    for other in ("select id from outbox", "select 1 as one, 2 as two"):
        with pytest.raises(ValueError, match="values to unpack"):
            database.value(other, {})


def test_a_statement_takes_its_own_out_of_many_parameters_and_is_parsed_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    parse = _queries._query2pg_nocache

    def counted(query: bytes, encoding: str) -> object:
        parsed.append(query)
        return parse(query, encoding)

    monkeypatch.setattr(_queries, "_query2pg_nocache", counted)
    many = {f"p{number}": number for number in range(60)}

    for shift in (0, 1):
        given = {name: number + shift for name, number in many.items()}
        row = database.one("select %(p3)s::int + %(p59)s::int + %(p3)s::int as sum, 7 %% 4 as rest", given)
        assert row == {"sum": 65 + 3 * shift, "rest": 3}

    assert parsed == []  # psycopg's own store of what it parsed was asked
    with pytest.raises(KeyError):
        database.one("select %(nobody)s::int as one", many)


@pytest.mark.usefixtures("_notes")
def test_a_statement_without_an_answer_answers_nothing(database: Database) -> None:
    assert database.one("delete from notes", {}) is None
    assert database.all("insert into notes values ('kept')", {}) == []
    assert database.one("insert into notes values ('told') returning text", {}) == {"text": "told"}


def test_documents_are_written_and_read_by_the_products_own_serializer(database: Database) -> None:
    document = {"id": UUID(int=7), "at": datetime(2026, 10, 1, tzinfo=UTC), "word": "é", "large": 10**30, "small": 0.1}

    row = database.one("select %(document)s::jsonb as document", {"document": Jsonb(document)})

    written = {"id": str(UUID(int=7)), "at": "2026-10-01T00:00:00Z"}
    assert row == {"document": document | written}


def test_no_number_is_stored_as_nan(database: Database) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        database.one("select %(document)s::jsonb as document", {"document": Jsonb({"a": float("nan")})})


def test_statements_are_counted(database: Database) -> None:
    database.one("select 1", {})
    database.all("select 1", {})
    database.execute("select 1", {})

    assert database.statements == 3


def test_nothing_listens_is_unavailability(database_url: str) -> None:
    settings = DatabaseSettings(**vars(settings_of(database_url)) | {"port": 1})

    with pytest.raises(DatabaseUnavailableError):
        Database(lambda: connect_as(settings)).one("select 1", {})


def test_settings_lead_to_a_database(database_url: str) -> None:
    with connect_as(settings_of(database_url)) as connection:
        assert connection.autocommit
        assert connection.row_factory is dict_row


def test_a_statement_ends_before_its_function_does(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(database_url)
    with connect_as(settings) as connection:
        assert connection.execute("show statement_timeout").fetchone() == {"statement_timeout": "8s"}
    monkeypatch.setattr(module, "STATEMENT_LASTS_MS", 50)
    impatient = Database(lambda: connect_as(settings))

    with pytest.raises(DatabaseUnavailableError):
        impatient.one("select pg_sleep(60)", {})

    assert impatient.one("select 1 as one", {}) == {"one": 1}
    impatient.close()


def test_a_connection_whose_other_end_is_silent_is_lost_within_seconds(database_url: str) -> None:
    """No test can cut a wire: these are the kernel's own timers."""
    with connect_as(settings_of(database_url)) as connection, socket.socket(fileno=os.dup(connection.fileno())) as wire:
        timers = {
            name: wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
        }
        is_kept_alive = wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    assert is_kept_alive
    assert timers == {"TCP_USER_TIMEOUT": 3_000, "TCP_KEEPIDLE": 2, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 3}


def test_sql_is_read_from_the_package_that_owns_it() -> None:
    assert "from idempotency_keys" in sql("rideflow.kernel", "idempotency_stored")
    with pytest.raises(FileNotFoundError):
        sql("rideflow.kernel", "nothing")
