"""The product's scripts and stores do on Valkey, which ElastiCache runs, what they do on Redis."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.exceptions import NoPermissionError

from local.redis import FUNCTIONS, RedisCluster, start_redis
from local.redis_binary import NAMED
from tests.aws.valkey import find_valkey
from tests.cluster_client import cluster_client
from tools.arrows.sql import LAYER

ROOT = Path(__file__).resolve().parents[2]
OF_THE_INDEX = ("tests/adapters/supply", "tests/adapters/kernel/test_redis.py")


@pytest.fixture(scope="session")
def server() -> str:
    """The program of the session, found before a test takes the machine's authorities away."""
    return str(find_valkey().path)


@pytest.fixture
def valkey(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisCluster]:
    monkeypatch.setenv(NAMED, server)
    running = start_redis(tmp_path / "data", tmp_path / "valkey.log")
    try:
        yield running
    finally:
        running.stop()


def test_functions_have_their_rights_on_valkey_and_no_others(valkey: RedisCluster) -> None:
    with cluster_client(valkey.url, user=FUNCTIONS) as functions, cluster_client(valkey.url) as owner:
        assert owner.execute_command("INFO", "server", target_nodes="random")["server_name"] == "valkey"
        assert functions.hset("{zone}:key", "field", "kept") == 1
        for refused in (("GET", "key"), ("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("ACL", "LIST")):
            with pytest.raises(NoPermissionError):
                functions.execute_command(*refused, target_nodes="random")


def test_every_script_compiles_on_valkey(valkey: RedisCluster) -> None:
    scripts = sorted(LAYER.rglob("*.lua"))
    assert len(scripts) > 10
    with cluster_client(valkey.url) as owner:
        for script in scripts:
            owner.script_load(script.read_text())


@pytest.mark.long
def test_the_tests_of_the_index_pass_on_valkey(server: str) -> None:
    environment = os.environ | {NAMED: server}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", *OF_THE_INDEX]

    run = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout[-4000:]
