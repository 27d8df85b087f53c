import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from itertools import count
from pathlib import Path

import psycopg
import pytest

from local.postgres import Postgres
from rideflow.kernel import migrations
from rideflow.kernel.migrations import CONTEXTS, Migration, OtherSchemaError, applying, pending
from rideflow.kernel.migrations.applying import Patience, UnfinishedError, migrate_url

_numbers = count(1)


@pytest.fixture
def empty_url(postgres: Postgres) -> Iterator[str]:
    """A database that was never migrated."""
    name = f"empty_{next(_numbers)}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield postgres.url(name)
        connection.execute(f"drop database {name} with (force)")


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    return {name for (name,) in found}


def test_an_empty_database_gets_everything_in_order_and_then_nothing_more(empty_url: str) -> None:
    names = [migration.name for migration in pending({})]

    assert migrate_url(empty_url) == names
    assert migrate_url(empty_url) == []
    assert {"outbox", "idempotency_keys", "trips", "migrations"} <= tables(empty_url)


def test_two_at_once_apply_each_file_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate_url, [empty_url] * 4))

    assert sorted(map(len, applied)) == [0, 0, 0, len(pending({}))]


def applied(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("select name from migrations order by name")]


def test_a_file_that_fails_leaves_nothing_of_itself_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = Migration("kernel/0001_good", "create table good (id int)")
    bad = Migration("kernel/0002_bad", "create table half (id int); nonsense")
    monkeypatch.setattr(migrations, "pending", lambda _: [good, bad])

    with pytest.raises(psycopg.errors.SyntaxError):
        migrate_url(empty_url)

    assert tables(empty_url) == {"migrations", "good"}
    assert applied(empty_url) == ["kernel/0001_good"]


def run(url: str, patience: Patience) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return applying.migrate(connection, patience)


ADDS_A_COLUMN = Migration("kernel/0001_column", "alter table busy add column more int")


@pytest.fixture
def busy_url(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with a table that a migration is about to change."""
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("create table busy (id int)")
    monkeypatch.setattr(migrations, "pending", lambda applied: [] if applied else [ADDS_A_COLUMN])
    return empty_url


def test_a_migration_that_gets_no_lock_lets_the_others_pass_and_tries_again(busy_url: str) -> None:
    with ThreadPoolExecutor(1) as pool, psycopg.connect(busy_url) as reading, psycopg.connect(busy_url) as later:
        reading.execute("select * from busy")
        running = pool.submit(run, busy_url, Patience(lasts_s=60, lock_s=0.2, attempts=200, pause_s=0.2))
        waiting = "select count(*) from pg_locks where relation = 'busy'::regclass and not granted"
        with psycopg.connect(busy_url, autocommit=True) as watcher:
            deadline = time.monotonic() + 20
            while watcher.execute(waiting).fetchone() == (0,):
                assert time.monotonic() < deadline
        later.execute("set statement_timeout = '10s'")
        later.execute("select * from busy")  # behind the migration's lock, until it gives up
        assert not running.done()
        later.rollback()
        reading.rollback()

        assert running.result(timeout=20) == [ADDS_A_COLUMN.name]


def test_a_migration_that_never_gets_its_lock_fails_after_its_attempts_and_is_not_recorded(busy_url: str) -> None:
    with psycopg.connect(busy_url) as reading:
        reading.execute("select * from busy")
        with pytest.raises(UnfinishedError, match=r"kernel/0001_column got no lock in 3 attempts of 0.05 s"):
            run(busy_url, Patience(lasts_s=60, lock_s=0.05, attempts=3, pause_s=0.01))

    assert applied(busy_url) == []


def test_a_run_ends_in_its_time_whatever_it_waits_for(busy_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(busy_url) as reading:
        reading.execute("select * from busy")
        with pytest.raises(UnfinishedError, match="kernel/0001_column"):
            run(busy_url, Patience(lasts_s=0.3, lock_s=0.05, attempts=1_000_000, pause_s=0.01))
    monkeypatch.setattr(migrations, "pending", lambda _: [Migration("kernel/0001_slow", "select pg_sleep(60)")])
    with pytest.raises(UnfinishedError, match="kernel/0001_slow did not end"):
        run(busy_url, Patience(lasts_s=0.3))


def test_a_run_waits_for_another_one_and_not_for_ever(busy_url: str) -> None:
    with psycopg.connect(busy_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (applying._LOCK,))
        with pytest.raises(UnfinishedError, match="another run"):
            run(busy_url, Patience(lasts_s=0.3, pause_s=0.01))

    assert run(busy_url, Patience()) == [ADDS_A_COLUMN.name]


CONCURRENT = Migration(
    "kernel/0001_index",
    "-- outside a transaction: the table is large\ncreate unique index concurrently if not exists busy_id on busy (id)",
)


def test_an_index_is_built_outside_a_transaction(busy_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "pending", lambda _: [CONCURRENT])

    assert run(busy_url, Patience()) == [CONCURRENT.name]
    assert applied(busy_url) == [CONCURRENT.name]


def test_an_index_that_a_crash_left_invalid_is_built_anew(busy_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "pending", lambda _: [CONCURRENT])
    validity = "select indisvalid from pg_index where indexrelid = to_regclass('busy_id')"
    with psycopg.connect(busy_url, autocommit=True) as connection:
        connection.execute("insert into busy (id) values (1), (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            applying.migrate(connection)
        assert connection.execute(validity).fetchone() == (False,)
        connection.execute("delete from busy where ctid = '(0,1)'")

        assert applying.migrate(connection) == [CONCURRENT.name]
        assert connection.execute(validity).fetchone() == (True,)
        assert connection.execute("show statement_timeout").fetchone() == ("0",)


def test_a_run_that_died_after_its_index_was_built_only_records_it(
    busy_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "pending", lambda _: [CONCURRENT])
    with psycopg.connect(busy_url, autocommit=True) as connection:
        connection.execute("create unique index busy_id on busy (id)")

        assert applying.migrate(connection) == [CONCURRENT.name]


def test_files_outside_a_transaction_have_one_statement_that_may_be_repeated() -> None:
    repeated = re.compile(r"\b(if (not )?exists|reindex|vacuum|analyze)\b", re.IGNORECASE)
    for each in [CONCURRENT, *(found for found in pending({}) if found.outside_a_transaction)]:
        text = "\n".join(line for line in each.statements.splitlines() if not line.startswith("--"))
        assert text.strip().rstrip(";").count(";") == 0, each.name
        assert repeated.search(text), each.name


def test_what_runs_in_no_transaction_says_so() -> None:
    needs_none = re.compile(r"\b(concurrently|vacuum|alter type \w+ add value)\b", re.IGNORECASE)

    assert [
        each.name for each in pending({}) if needs_none.search(each.statements) and not each.outside_a_transaction
    ] == []


def test_no_time_out_cuts_a_migration(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index on a large table takes its time, which the role's own timeout would not give it."""
    slow = Migration("kernel/0001_slow", "select pg_sleep(0.2)")
    monkeypatch.setattr(migrations, "pending", lambda _: [slow])

    with psycopg.connect(empty_url, autocommit=True, options="-c statement_timeout=50") as connection:
        assert applying.migrate(connection) == ["kernel/0001_slow"]

        assert connection.execute("show statement_timeout").fetchone() == ("50ms",)


def test_only_what_is_new_is_applied(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_url(empty_url)
    new = Migration("trips/9999_new", "create table brand_new (id int)")
    every = [*migrations.migrations(), new]
    monkeypatch.setattr(migrations, "migrations", lambda: every)

    assert migrate_url(empty_url) == ["trips/9999_new"]
    assert migrate_url(empty_url) == []
    assert "brand_new" in tables(empty_url)


def test_a_database_that_knows_another_text_of_a_file_is_refused(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_url(empty_url)
    edited = [
        Migration(each.name, each.statements + ("-- edited" if each.name == "trips/0001_trips" else ""))
        for each in migrations.migrations()
    ]
    monkeypatch.setattr(migrations, "migrations", lambda: edited)

    with pytest.raises(OtherSchemaError, match=r"\(trips/0001_trips\)"):
        migrate_url(empty_url)


def test_a_database_of_another_set_of_files_is_refused_and_left_as_it_is(empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:  # migrations were recorded without a digest before
        connection.execute("create table migrations (name text primary key, applied_at timestamptz default now())")
        connection.execute("insert into migrations (name) values ('trips/0001_old')")
        connection.execute("create table trips (id uuid)")

    with pytest.raises(OtherSchemaError, match=r"trips/0001_old.*rideflow down"):
        migrate_url(empty_url)

    assert tables(empty_url) == {"migrations", "trips"}


def test_code_that_is_rolled_back_has_nothing_to_apply(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_url(empty_url)
    older = migrations.migrations()[:-1]
    monkeypatch.setattr(migrations, "migrations", lambda: older)

    assert migrate_url(empty_url) == []


def test_every_context_with_migrations_is_in_the_order() -> None:
    root = resources.files("rideflow")
    with_migrations = {entry.name for entry in root.iterdir() if entry.joinpath("migrations").is_dir()}

    assert with_migrations <= set(CONTEXTS)


def test_files_are_numbered_and_named_for_what_they_do() -> None:
    for folder in Path(str(resources.files("rideflow"))).glob("*/migrations"):
        names = sorted(path.stem for path in folder.glob("*.sql"))
        assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+", name) for name in names), names
        assert len({name[:4] for name in names}) == len(names), f"{folder.parent.name} has a number twice"


def test_no_table_column_holds_money_or_places_in_a_type_that_loses_digits(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        columns = connection.execute(
            "select table_name || '.' || column_name, data_type from information_schema.columns"
            " where table_schema = 'public'"
        ).fetchall()

    for name, kind in columns:
        if name.endswith("_minor"):
            assert kind in {"bigint", "integer"}, name
        if name.endswith(("_lat", "_lng")):
            assert kind == "double precision", name
        if name.endswith("_at"):
            assert kind == "timestamp with time zone", name
