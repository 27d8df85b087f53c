"""Objects that contexts publish by SQL: comments, no personal data, and locks on the rows behind a view."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import scalar_row

import rideflow
from tests.adapters.drivers.trip_rows import put_trip

VIEWS = "select oid::regclass::text from pg_class where relkind = 'v' and relname like 'published%'"
FUNCTIONS = "select oid::regprocedure::text from pg_proc where proname like 'published%'"
PRODUCT = Path(next(iter(rideflow.__path__)))
PERSONAL = {"phone", "email", "licence", "pin", "home", "work", "comment"}


def named(database_url: str, query: str) -> list[str]:
    with psycopg.connect(database_url, row_factory=scalar_row) as connection:
        return [str(name) for name in connection.execute(query)]


@pytest.mark.parametrize(("catalog", "query"), [("pg_class", VIEWS), ("pg_proc", FUNCTIONS)])
def test_every_published_object_has_a_comment(database_url: str, catalog: str, query: str) -> None:
    silent = f"select name from ({query}) as p (name) where obj_description(name::{'regclass' if catalog == 'pg_class' else 'regprocedure'}::oid, '{catalog}') is null"  # noqa: E501

    assert len(named(database_url, query)) > 1
    assert named(database_url, silent) == []


def test_no_published_view_has_personal_data(database_url: str) -> None:
    columns = named(
        database_url,
        "select column_name from information_schema.columns where table_schema = 'public'"
        " and (table_name like 'published%' or table_name = 'riders')",
    )
    published = named(
        database_url, "select column_name from information_schema.columns where table_name like 'published%'"
    )

    assert PERSONAL & set(columns), "the words are those of columns"
    assert PERSONAL & set(published) == set()


def test_drivers_alone_keep_and_publish_plates(database_url: str) -> None:
    having = named(
        database_url,
        "select table_name from information_schema.columns where table_schema = 'public'"
        " and column_name in ('vehicle', 'plate', 'make', 'colour')",
    )

    assert set(having) == {"driver_vehicles", "published_vehicles", "published_driver_cards"}


def test_no_view_publishes_the_face_of_a_card(database_url: str) -> None:
    views = named(
        database_url,
        "select table_name from information_schema.columns where table_name like 'published%'"
        " and column_name in ('brand', 'last4', 'exp_month', 'exp_year')",
    )

    assert views == []


@pytest.mark.parametrize("view", ["published_trips", "published_trip_charges"])
@pytest.mark.parametrize("lock", ["for no key update", "for share"])
def test_a_lock_through_a_view_locks_the_trip_itself(database_url: str, view: str, lock: str) -> None:
    locked, other = (put_trip(database_url, uuid4(), uuid4(), "in_progress") for _ in range(2))
    free = "select id from trips for no key update skip locked"

    with psycopg.connect(database_url) as holding:
        holding.execute(f"select trip_id from {view} where trip_id = %s {lock}", (locked,))
        assert named(database_url, free) == [str(other)]

    assert set(named(database_url, free)) == {str(locked), str(other)}
