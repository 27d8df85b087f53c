from collections.abc import Iterator

import pytest
from redis.cluster import RedisCluster

from rideflow.kernel.redis import Script
from tests.cluster_client import cluster_client


@pytest.fixture
def cluster(redis_url: str) -> Iterator[RedisCluster]:
    with cluster_client(redis_url) as connected:
        yield connected


@pytest.fixture
def doubled(monkeypatch: pytest.MonkeyPatch) -> Script:
    """A script that doubles a number of one zone."""

    class Text:
        def joinpath(self, *_: str) -> "Text":
            return self

        def read_text(self, encoding: str) -> str:
            return "return redis.call('incrby', KEYS[1], 2 * tonumber(ARGV[1]))"

    monkeypatch.setattr("rideflow.kernel.redis.resources.files", lambda _: Text())
    return Script("any.package", "doubled")


def test_a_script_that_the_node_does_not_know_is_sent_once_and_then_called_by_its_digest(
    cluster: RedisCluster, doubled: Script
) -> None:
    cluster.script_flush()

    assert doubled(cluster, ["n:{sf-bay}"], [4]) == 8
    assert cluster.script_exists(doubled.digest) == [True]
    assert doubled(cluster, ["n:{sf-bay}"], [1]) == 10


def test_a_script_survives_a_redis_that_forgot_it(cluster: RedisCluster, doubled: Script) -> None:
    doubled(cluster, ["n:{sf-bay}"], [1])
    cluster.script_flush()

    assert doubled(cluster, ["n:{sf-bay}"], [1]) == 4


def test_answers_are_bytes(cluster: RedisCluster) -> None:
    cluster.set("{sf-bay}", "grün")

    assert cluster.get("{sf-bay}") == "grün".encode()
