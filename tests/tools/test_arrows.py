"""No arrow between contexts is overlooked, in whatever an SQL file holds."""

import json
from pathlib import Path

import pytest

from tools.arrows.__main__ import main, violations
from tools.arrows.imports import import_arrows
from tools.arrows.sql import Touch, UnreadableSqlError, touches

TRIPS = """
create table trips (id uuid primary key);
create view published_trips as select id from trips;
create function trips_assign(trip_id uuid) returns setof trips language sql volatile as $$
    update trips set id = trips_assign.trip_id returning *
$$;
create function refuse_change() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
"""


def touched(tmp_path: Path, statement: str, file: str = "sql/one.sql") -> set[str]:
    """What a statement of `dispatch` touches of `trips`."""
    for name, text in {"trips/migrations/0001.sql": TRIPS, f"dispatch/{file}": statement}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = touches(tmp_path)
    assert {(touch.source, touch.target, touch.file) for touch in found} <= {("dispatch", "trips", f"dispatch/{file}")}
    return {touch.object for touch in found}


@pytest.mark.parametrize(
    ("statement", "objects"),
    [
        ("select * from trips where id = %(id)s", {"trips"}),
        ("select 1 from offers join published_trips using (id)", {"published_trips"}),
        ("select (select count(*) from trips) from offers", {"trips"}),
        ("select 1 where exists (select from trips)", {"trips"}),
        ("with found as (select id from trips) select * from found", {"trips"}),
        ("with trips as (select 1) select * from trips", set()),
        ("insert into trips (id) select %(id)s on conflict do nothing", {"trips"}),
        ("with gone as (delete from trips returning id) select id from gone", {"trips"}),
        ("update offers set state = 'open' from trips where trips.id = offers.trip_id", {"trips"}),
        ("select * from trips_assign(%(id)s)", {"trips_assign"}),
        ("select offer.id from offers as offer cross join lateral trips_assign(offer.id) as trip", {"trips_assign"}),
        ("select id from offers -- join trips using (id)", set()),
        ("select 'from trips' from offers", set()),
    ],
)
def test_what_a_statement_touches_is_found(tmp_path: Path, statement: str, objects: set[str]) -> None:
    assert touched(tmp_path, statement) == objects


FUNCTION = "create function hold(trip uuid) returns setof uuid language"
ASSIGNS = "return query with it as (select 1) select id from trips_assign(trip);"


@pytest.mark.parametrize(
    ("migration", "objects"),
    [
        ("create table offers (trip_id uuid references trips)", {"trips"}),
        ("create view waiting as select id from published_trips", {"published_trips"}),
        ("create index trips_old on trips (id)", {"trips"}),
        ("create trigger t before update on trips execute function refuse_change()", {"trips", "refuse_change"}),
        (f"{FUNCTION} sql volatile as $$ select id from trips $$", {"trips"}),
        (f"{FUNCTION} plpgsql as $$\n#variable_conflict use_column\nbegin perform id from trips; end $$", {"trips"}),
        (f"{FUNCTION} plpgsql as $$ begin\n-- select from trips;\nperform id from offers; end $$", set()),
        (f"{FUNCTION} plpgsql as $$ begin if not exists (select from trips) then return; end if; end $$", {"trips"}),
        (f"{FUNCTION} plpgsql as $$ begin if not found then return; end if; end $$", set()),
        (f"{FUNCTION} plpgsql as $$ begin {ASSIGNS} end $$", {"trips_assign"}),
    ],
)
def test_what_a_migration_touches_is_found(tmp_path: Path, migration: str, objects: set[str]) -> None:
    assert touched(tmp_path, migration, "migrations/0001.sql") == objects


def test_a_file_that_nobody_can_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSqlError, match=r"one\.sql"):
        touched(tmp_path, "select from where (")


def test_only_published_views_may_be_read_and_only_along_an_import() -> None:
    found = [
        Touch("dispatch", "trips", "published_trips", "a"),
        Touch("dispatch", "trips", "trips", "b"),
        Touch("realtime", "trips", "published_trips", "c"),
        Touch("dispatch", "kernel", "outbox", "d"),
    ]

    assert [touch.file for touch in violations(found, {("dispatch", "trips")})] == ["b", "c"]


def test_the_arrows_of_the_layer_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert ["payments", "trips"] in told["imports"]
    assert ["payments", "dispatch"] not in told["imports"]
    assert ["dispatch", "trips", "trips_assign"] in told["sql"]
    assert {tuple(arrow) for arrow in told["imports"]} == import_arrows()
    assert all("kernel" not in violation.split("touches")[1] for violation in told["violations"])
    assert main([]) == 0
    assert f"{len(told['violations'])} of them of what is not published" in capsys.readouterr().out
