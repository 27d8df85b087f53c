from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from redis.cluster import PRIMARY, ClusterNode, RedisCluster
from redis.crc import key_slot

from local.processes import LOOPBACK, free_ports
from rideflow.kernel.redis import RedisUnavailableError, Script
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


def test_a_client_is_made_while_redis_is_gone_and_says_so_when_it_is_used(doubled: Script) -> None:
    with cluster_client(f"redis://{LOOPBACK}:{free_ports(1)[0]}") as connected, pytest.raises(RedisUnavailableError):
        doubled(connected, ["n:{sf-bay}"], [1])


def test_a_client_all_of_whose_nodes_were_replaced_asks_its_configuration_endpoint_again(
    cluster: RedisCluster, doubled: Script
) -> None:
    doubled(cluster, ["n:{sf-bay}"], [1])
    gone: Any = ClusterNode(LOOPBACK, free_ports(1)[0], PRIMARY)  # type: ignore[no-untyped-call]
    known: Any = cluster.nodes_manager
    known.create_redis_connections([gone])
    known.startup_nodes = known.nodes_cache = {gone.name: gone}
    known.slots_cache, known.default_node = {slot: [gone] for slot in known.slots_cache}, gone

    with pytest.raises(RedisUnavailableError):
        doubled(cluster, ["n:{sf-bay}"], [1])

    assert doubled(cluster, ["n:{sf-bay}"], [1]) == 4


@pytest.mark.parametrize("is_known", [True, False])
def test_a_script_goes_where_its_first_key_lives(
    cluster: RedisCluster, doubled: Script, monkeypatch: pytest.MonkeyPatch, is_known: bool
) -> None:
    keys = [f"{name}:{{sf-bay}}" for name in "abcdefgh"]
    doubled(cluster, keys, [1])
    keyslot = Mock(wraps=cluster.keyslot)
    monkeypatch.setattr(cluster, "keyslot", keyslot)
    if not is_known:
        cluster.script_flush()

    assert doubled(cluster, keys, [1]) == 4
    assert {call.args for call in keyslot.call_args_list} == {(keys[0],)}
    assert cluster.determine_slot("EVALSHA", "digest", 1, "n:{la}") == key_slot(b"la")
    assert cluster.determine_slot("GET", "n:{la}") == key_slot(b"la")


def test_a_client_that_found_no_node_with_a_slot_looks_again(cluster: RedisCluster, doubled: Script) -> None:
    doubled(cluster, ["n:{sf-bay}"], [1])
    del cluster.nodes_manager.slots_cache[key_slot(b"sf-bay")]

    with pytest.raises(RedisUnavailableError):
        doubled(cluster, ["n:{sf-bay}"], [1])

    assert doubled(cluster, ["n:{sf-bay}"], [1]) == 4
