"""Real stores for tests; each is started by the first test that asks for it."""

import importlib.util
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.paths import TEST_STACK
from local.postgres import Postgres, start_postgres
from local.redis import RedisCluster, start_redis
from local.stack import Stack
from tests.new_york import new_york_in

TEMPLATE = "migrated"
MEMORY_NEEDED_BYTES = 1_000_000_000
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server of this test run; its database `migrated` is the template of every test's own."""
    folder = tmp_path_factory.mktemp("postgres")
    server = start_postgres(_in_memory(folder / "data"), folder / "postgres.log", durable=False)
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"create database {TEMPLATE}")
        if importlib.util.find_spec("rideflow.kernel.migrations"):
            from rideflow.kernel.migrations.applying import migrate_url

            migrate_url(server.url(TEMPLATE))
        yield server
    finally:
        server.stop()


def _in_memory(otherwise: Path) -> Path:
    """A folder on a memory file system if it has room: a fresh database costs 6 ms there, up to 100 ms on a disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < MEMORY_NEEDED_BYTES:
        return otherwise
    return Path(tempfile.mkdtemp(prefix="rideflow-test-", dir=memory))


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """A migrated database that only this test sees."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
        yield postgres.url(name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A one-node Redis cluster of this test run."""
    folder = tmp_path_factory.mktemp("redis")
    server = start_redis(folder / "data", folder / "redis.log")
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis_url(redis_cluster: RedisCluster) -> str:
    """A Redis that is empty when the test begins."""
    redis_cluster.empty()
    return redis_cluster.url


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole local cloud with the product deployed, as by `rideflow up`, beside one that may be up already.

    It has New York beside the product's own markets, as by `--markets`.
    """
    further = new_york_in(tmp_path_factory.mktemp("markets")).parent
    cloud = Stack(TEST_STACK, report=lambda _: None)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RIDEFLOW_MARKETS", str(further))
        cloud.start()
    try:
        yield cloud
    finally:
        cloud.stop()
