import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from itertools import count
from pathlib import Path

import psycopg
import pytest

from local.postgres import Postgres
from rideflow.kernel import migrations
from rideflow.kernel.migrations import CONTEXTS, Migration, OtherSchemaError, migrate_url, pending

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


def test_a_file_that_fails_leaves_nothing_of_the_run_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = Migration("kernel/0001_good", "create table good (id int)"), Migration("kernel/0002_bad", "nonsense")
    monkeypatch.setattr(migrations, "pending", lambda _: [good, bad])

    with pytest.raises(psycopg.errors.SyntaxError):
        migrate_url(empty_url)

    assert tables(empty_url) == set()


def test_no_time_out_cuts_a_migration(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index on a large table takes its time."""
    slow = Migration("kernel/0001_slow", "select pg_sleep(0.2)")
    monkeypatch.setattr(migrations, "pending", lambda _: [slow])

    with psycopg.connect(empty_url, autocommit=True, options="-c statement_timeout=50") as connection:
        assert migrations.migrate(connection) == ["kernel/0001_slow"]

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
