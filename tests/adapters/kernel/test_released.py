"""The last release's statements run on the present schema: its functions still run when the schema is migrated."""

from collections.abc import Iterator

import psycopg
import pytest

from tools import released
from tools.released import Released, columns, explain, unsaid


def narrowed(connection: psycopg.Connection[object], statement: Released) -> list[str]:
    """What the statement no longer finds on this schema."""
    try:
        explain(connection, statement.text)
        answered = columns(connection, statement.text)
    except psycopg.Error as error:
        return [str(error).splitlines()[0]]
    retyped = [
        f"{name} is {answered.get(name)}" for name, kind in statement.columns.items() if answered.get(name) != kind
    ]
    return [*retyped, *(f"{name} must be told" for name in unsaid(connection, statement.text))]


@pytest.fixture
def functions(database_url: str) -> Iterator[psycopg.Connection[object]]:
    with psycopg.connect(database_url.replace("postgres@", "functions@"), autocommit=True) as connection:
        yield connection


def test_a_release_is_recorded() -> None:
    assert len(released.released()) > 100


def test_every_statement_of_the_last_release_runs_on_the_present_schema(
    functions: psycopg.Connection[object],
) -> None:
    assert {each.file: found for each in released.released() if (found := narrowed(functions, each))} == {}


@pytest.mark.parametrize(
    ("change", "file"),
    [
        ("alter table trips drop column pin_attempts cascade", "trips/sql/trip_find.sql"),
        ("alter table trips rename column pin to code", "trips/sql/trip_request.sql"),
        ("alter table quotes alter column surge type double precision", "pricing/sql/quote_find.sql"),
        ("alter table quotes add column source text not null", "pricing/sql/quote_add.sql"),
        ("alter table rate_limits rename to limits", "kernel/sql/bucket_take.sql"),
        ("drop view published_default_methods cascade", "payments/methods/sql/default_method.sql"),
        ("drop function published_hold_driver(uuid)", "dispatch/sql/lock_driver.sql"),
        ("revoke insert on receipts from functions", "payments/orders/sql/order_save.sql"),
    ],
)
def test_what_a_release_still_uses_cannot_be_taken_away(
    functions: psycopg.Connection[object], database_url: str, change: str, file: str
) -> None:
    (statement,) = (each for each in released.released() if each.file == file)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(change.encode())

    assert narrowed(functions, statement) != []


@pytest.mark.parametrize(
    "change",
    [
        "alter table quotes add column source text",
        "alter table quotes add column source text not null default 'api'",
        "create table sources (id uuid primary key)",
        "create index quotes_of_rider on quotes (rider_id)",
    ],
)
def test_what_only_adds_takes_nothing_away(
    functions: psycopg.Connection[object], database_url: str, change: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(change.encode())

    assert [found for each in released.released() if (found := narrowed(functions, each))] == []
