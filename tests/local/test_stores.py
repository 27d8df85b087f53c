"""The stores of all other tests."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.exceptions import NoPermissionError

from local.postgres import Postgres
from local.redis import FUNCTIONS, start_redis
from local.redis_binary import NAMED, RedisMissingError, find_redis
from tests.cluster_client import cluster_client


def test_postgres_is_the_major_version_of_the_aurora_cluster(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        assert connection.info.server_version // 10_000 == 18


def tables(database_url: str) -> list[str]:
    """Those that tests wrote; then this one writes its own."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute("select tablename from pg_tables where tablename like 'written_by%'").fetchall()
        connection.execute("create table written_by_a_test (id integer)")
    return [name for (name,) in found]


def test_a_test_writes_to_a_database_of_its_own(database_url: str) -> None:
    assert tables(database_url) == []


def test_another_test_does_not_see_the_tables_of_the_first(database_url: str) -> None:
    assert tables(database_url) == []


def test_redis_takes_the_cluster_client_and_holds_every_slot(redis_url: str) -> None:
    with cluster_client(redis_url) as client:
        client.set("{one}a", 1)
        client.set("{two}b", 2)
        assert client.get("{one}a") == b"1"
        assert client.get("{two}b") == b"2"


def test_redis_is_empty_when_a_test_begins(redis_url: str) -> None:
    with cluster_client(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_is_empty_again_when_the_next_test_begins(redis_url: str) -> None:
    with cluster_client(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_a_redis_started_again_is_at_its_address_and_has_forgotten_everything(tmp_path: Path) -> None:
    first = start_redis(tmp_path / "data", tmp_path / "redis.log")
    with cluster_client(first.url) as client:
        client.set("driver", "here")
        first.stop()
        second = start_redis(tmp_path / "data", tmp_path / "redis.log", port=first.port)
        try:
            assert client.get("driver") is None
        finally:
            second.stop()


def test_functions_have_on_a_laptop_the_rights_in_redis_that_they_have_on_aws(redis_url: str) -> None:
    with cluster_client(redis_url, user=FUNCTIONS) as functions:
        assert functions.set("{zone}:key", "kept") is True
        for refused in (("GET", "key"), ("FLUSHALL",), ("KEYS", "*")):
            with pytest.raises(NoPermissionError):
                functions.execute_command(*refused, target_nodes="random")


def test_a_connection_to_redis_is_opened_by_one_command(redis_url: str) -> None:
    """Three connections: for the slots, for the commands, and for use. Nothing is sent that an older server refuses."""
    address = urlsplit(redis_url)
    with redis.Redis(host=str(address.hostname), port=int(address.port or 0)) as watching:
        before, refused = watching.info("commandstats"), watching.info("errorstats")
        with cluster_client(redis_url) as client:
            client.get("{zone}:key")
        after = watching.info("commandstats")

        assert watching.info("errorstats") == refused
    sent = {name for name, told in after.items() if told["calls"] > before.get(name, {"calls": 0})["calls"]}
    assert {name.removeprefix("cmdstat_") for name in sent} - {"info"} == {"hello", "cluster|slots", "command", "get"}


@pytest.mark.parametrize("named", ["/no/such/server", sys.executable])
def test_a_named_server_that_is_none_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAMED, named)

    with pytest.raises(RedisMissingError, match=NAMED):
        find_redis()
