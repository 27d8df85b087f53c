"""Every arrow between contexts is found, in any statement of an SQL file."""

import json
from pathlib import Path

import pytest

from tools.arrows import __main__ as program
from tools.arrows.__main__ import main
from tools.arrows.allowed import Allowed, allowed
from tools.arrows.imports import import_arrows
from tools.arrows.sql import Touch, UnreadableSqlError, touches
from tools.arrows.violations import violations

TRIPS = """
create table trips (id uuid primary key);
create view published_trips as select id from trips;
create function trips_assign(trip_id uuid) returns setof trips language sql volatile as $$
    update trips set id = trips_assign.trip_id returning *
$$;
create function refuse_change() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
"""


def touched(tmp_path: Path, statement: str, file: str = "sql/one.sql") -> set[str]:
    """The objects of `trips` that a statement of `dispatch` touches."""
    for name, text in {"trips/migrations/0001.sql": TRIPS, f"dispatch/{file}": statement}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = touches(tmp_path, tmp_path / "functions")
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
def test_objects_that_a_statement_touches_are_found(tmp_path: Path, statement: str, objects: set[str]) -> None:
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
        (
            f"{FUNCTION} plpgsql as $$ declare a uuid; b uuid[]; begin select id, 1 from trips into a, b; end $$",
            {"trips"},
        ),
        (f"{FUNCTION} plpgsql as $$ begin known := array(select id from trips); end $$", {"trips"}),
    ],
)
def test_objects_that_a_migration_touches_are_found(tmp_path: Path, migration: str, objects: set[str]) -> None:
    assert touched(tmp_path, migration, "migrations/0001.sql") == objects


def test_a_file_that_nobody_can_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSqlError, match=r"one\.sql"):
        touched(tmp_path, "select from where (")


@pytest.mark.parametrize(
    ("statement", "writes"),
    [
        ("select * from published_trips for update", False),
        ("select * from trips_assign(%(id)s)", False),
        ("update published_trips set id = null", True),
        ("insert into published_trips (id) select id from published_trips", True),
        ("with gone as (delete from published_trips returning id) select id from gone", True),
        ("merge into published_trips as t using offers on true when matched then delete", True),
    ],
)
def test_a_write_is_told_from_a_read(tmp_path: Path, statement: str, writes: bool) -> None:
    touched(tmp_path, statement)

    assert [touch.writes for touch in touches(tmp_path, tmp_path / "functions")] == [writes]


@pytest.mark.parametrize(
    ("python", "objects"),
    [
        ('connection.execute("select id from trips where id = %s", (1,))', {"trips"}),
        ('QUERY = "insert into trips"\\\n    " (id) values (1)"', {"trips"}),
        ('connection.execute(f"select {columns} from trips order by {column}")', {"trips"}),
        ('connection.execute(f"select * from trips where {broken} ((")', {"trips"}),
        ('def f():\n    """Select from trips what is left."""', set()),
        ('print("update of trips")', set()),
        ('print("no select from trips")', set()),
    ],
)
@pytest.mark.parametrize("folder", ["dispatch", "functions/dispatch"])
def test_statements_in_python_are_read_too(tmp_path: Path, python: str, objects: set[str], folder: str) -> None:
    file = f"{folder}/a.py" if "/" in folder else f"layer/{folder}/a.py"
    for name, text in {"layer/trips/migrations/0001.sql": TRIPS, file: python}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    found = touches(tmp_path / "layer", tmp_path / "functions")

    assert {(touch.source, touch.object, touch.file) for touch in found} == {
        ("dispatch", each, f"{folder}/a.py") for each in objects
    }


def importing(source: str, target: str, *, circle: bool = False) -> Allowed:
    return Allowed(source, target, "import", "it must", circle)


def reading(source: str, target: str, *, circle: bool = False) -> Allowed:
    return Allowed(source, target, "sql", "it must", circle)


IMPORTS = {("dispatch", "trips")}
READ = Touch("realtime", "trips", "published_trips", "a.sql")
ARROWS = [importing("dispatch", "trips"), reading("realtime", "trips")]


def test_a_touch_along_an_arrow_is_no_violation() -> None:
    along_an_import = Touch("dispatch", "trips", "published_assign_trip", "b.sql")
    of_the_kernel = Touch("realtime", "kernel", "idempotency_keys", "c.sql", writes=True)

    assert violations([READ, along_an_import, of_the_kernel], IMPORTS, ARROWS) == []


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        (Touch("dispatch", "trips", "trips", "b.sql"), "b.sql: dispatch reads trips's trips, which is not published"),
        (
            Touch("dispatch", "trips", "trips", "b.sql", writes=True),
            "b.sql: dispatch writes trips's trips, which is not published",
        ),
        (
            Touch("dispatch", "trips", "published_trips", "b.sql", writes=True),
            "b.sql: dispatch writes trips's published_trips: a view is read, and changed through a published function",
        ),
        (
            Touch("trips", "dispatch", "published_promises", "b.sql"),
            "b.sql: trips reads dispatch's published_promises, along no arrow",
        ),
        (
            Touch("trips", "kernel", "outbox", "b.sql", writes=True),
            "b.sql: trips writes kernel's outbox, which `outbox_add` does for everybody",
        ),
    ],
)
def test_a_touch_that_no_arrow_allows_is_named(planted: Touch, sentence: str) -> None:
    assert violations([READ, planted], IMPORTS, ARROWS) == [sentence]


@pytest.mark.parametrize("planted", [("trips", "dispatch"), ("kernel", "trips"), ("realtime", "trips")])
def test_an_import_that_no_arrow_allows_is_named(planted: tuple[str, str]) -> None:
    told = violations([READ], {*IMPORTS, planted}, ARROWS)

    assert told == [f"{planted[0]} imports {planted[1]}, which no arrow allows"]


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        (importing("payments", "trips"), "the arrow payments → trips by import is listed and used by nothing"),
        (reading("payments", "riders"), "the arrow payments → riders by sql is listed and used by nothing"),
    ],
)
def test_an_arrow_that_nothing_needs_is_named(planted: Allowed, sentence: str) -> None:
    assert violations([READ], IMPORTS, [*ARROWS, planted]) == [sentence]


def test_an_arrow_without_a_reason_is_named() -> None:
    silent = Allowed("realtime", "trips", "sql", " ")

    assert violations([READ], IMPORTS, [ARROWS[0], silent]) == ["the arrow realtime → trips by sql has no reason"]


def test_a_circle_is_named_unless_one_of_its_arrows_is_marked() -> None:
    back = Touch("trips", "dispatch", "published_promises", "b.sql")

    def told(*, circle: bool) -> list[str]:
        return violations([READ, back], IMPORTS, [*ARROWS, reading("trips", "dispatch", circle=circle)])

    assert told(circle=True) == []
    assert told(circle=False) in (
        ["the arrows dispatch → trips → dispatch form a circle"],
        ["the arrows trips → dispatch → trips form a circle"],
    )


def test_a_mark_that_closes_no_circle_is_named() -> None:
    marked = [importing("dispatch", "trips"), reading("realtime", "trips", circle=True)]

    assert violations([READ], IMPORTS, marked) == [
        "the arrow realtime → trips is marked as closing a circle and closes none"
    ]


def test_the_arrows_of_the_layer_are_told_and_none_is_crossed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert ["payments", "trips"] in told["imports"]
    assert ["payments", "dispatch"] not in told["imports"]
    assert ["dispatch", "trips", "published_assign_trip"] in told["sql"]
    assert {tuple(arrow) for arrow in told["imports"]} == import_arrows()
    assert told["violations"] == []
    assert main([]) == 0
    assert "0 violations" in capsys.readouterr().out


def test_the_program_fails_if_a_border_is_crossed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "allowed", lambda: [arrow for arrow in allowed() if arrow.source != "notifications"])

    assert main(["--json"]) == 1
    assert json.loads(capsys.readouterr().out)["violations"] == [
        "notifications imports realtime, which no arrow allows",
        "notifications/sql/driver_card.sql: notifications reads drivers's published_driver_cards, along no arrow",
        "notifications/sql/driver_card.sql: notifications reads drivers's published_vehicles, along no arrow",
    ]
    assert main([]) == 1
