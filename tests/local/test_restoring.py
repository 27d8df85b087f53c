"""A copy of a database is compared row by row, and takes the place of the original."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from local import restoring
from local.postgres import Postgres
from local.restoring import RestoreError
from tests.eventually import eventually

_numbers = count(1)


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    """The product's migrated database with a few rows more."""
    name = f"original_{next(_numbers)}"
    names = [name, f"{name}_restored", f"{name}_lost"]
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {name} template migrated".encode())
        with psycopg.connect(postgres.url(name), autocommit=True) as own:
            own.execute("create table rides (id int primary key, fare int)")
            own.execute(f"revoke all on database {name} from public".encode())
            own.execute(f"grant connect on database {name} to functions".encode())
            own.execute("insert into rides select n, n * 100 from generate_series(1, 50) as n")
        yield postgres.url(name)
        for each in names:
            connection.execute(f"drop database if exists {each} with (force)".encode())


def copied(url: str, tmp_path: Path) -> tuple[restoring.Content, str]:
    copy, file = f"{url}_restored", tmp_path / "dump"
    with restoring.snapshot(url) as held:
        restoring.dump(url, held, file)
    restoring.restore(file, copy, held.content.rights)
    return held.content, copy


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def fares(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select sum(fare) from rides").fetchone()
    assert row is not None
    return int(row[0])


def test_a_copy_has_every_row_of_every_table(url: str, tmp_path: Path) -> None:
    original, copy = copied(url, tmp_path)
    found = restoring.compare(original, copy)
    assert found.tables["public.rides"].rows == 50
    assert len(found.tables) > 20
    assert fares(copy) == fares(url)


def test_what_is_written_during_the_dump_is_in_neither(url: str, tmp_path: Path) -> None:
    file, copy = tmp_path / "dump", f"{url}_restored"
    with restoring.snapshot(url) as held:
        execute(url, "insert into rides values (51, 1)")
        restoring.dump(url, held, file)
    restoring.restore(file, copy, held.content.rights)
    assert restoring.compare(held.content, copy).tables["public.rides"].rows == 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("delete from rides where id = 7", "public.rides has 49 rows in place of 50"),
        ("update rides set fare = 701 where id = 7", "public.rides has other rows"),
        ("update rides set fare = case id when 7 then 800 else 700 end where id in (7, 8)", "has other rows"),
        ("drop table rides", "public.rides is missing"),
        ("create table others ()", "public.others is new"),
        ("grant create on database {copy} to functions", "functions CREATE is another right"),
        ("grant connect on database {copy} to public", "public CONNECT is another right"),
    ],
)
def test_any_difference_is_found_and_named(url: str, tmp_path: Path, change: str, said: str) -> None:
    original, copy = copied(url, tmp_path)
    execute(copy, change.format(copy=restoring.name_in(copy)))
    with pytest.raises(RestoreError, match=said):
        restoring.compare(original, copy)


def test_a_former_copy_is_replaced(url: str, tmp_path: Path) -> None:
    original, copy = copied(url, tmp_path)
    execute(copy, "drop table rides")
    with closing(psycopg.connect(copy)):
        restoring.restore(tmp_path / "dump", copy, original.rights)
    restoring.compare(original, copy)
    assert fares(copy) == fares(url) > 0


def test_the_copy_takes_the_place_of_the_original_under_its_clients(url: str, tmp_path: Path) -> None:
    _, copy = copied(url, tmp_path)
    execute(copy, "insert into rides values (51, 1000000)")
    before, name = fares(url), restoring.name_in(url)
    with closing(psycopg.connect(url)) as client:
        client.execute("select 1")
        restoring.put_in_place(url, restoring.name_in(copy), f"{name}_lost")
        with pytest.raises(psycopg.OperationalError):
            client.execute("select 1")
    assert fares(url) == before + 1_000_000
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(f"{url}_lost")


def test_the_original_stays_if_there_is_no_copy(url: str) -> None:
    with pytest.raises(psycopg.errors.InvalidCatalogName):
        restoring.put_in_place(url, "elephants", f"{restoring.name_in(url)}_lost")
    assert eventually(lambda: fares(url)) > 0


def test_a_dump_that_cannot_be_made_says_why(url: str, tmp_path: Path) -> None:
    with restoring.snapshot(url) as held, pytest.raises(RestoreError, match="pg_dump failed"):
        restoring.dump(url, held, tmp_path / "no" / "folder")
