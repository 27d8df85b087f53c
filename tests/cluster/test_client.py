"""The product's cluster client learns of changes of the nodes, however long it lives."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from redis.cluster import RedisCluster
from redis.crc import key_slot

from local.processes import LOOPBACK
from rideflow.kernel.redis import RedisUnavailableError, script
from tests.cluster.nodes import Cluster
from tests.cluster_client import cluster_client
from tests.eventually import eventually

ZONE = "sf-bay"
KEY, ELSEWHERE = "{sf-bay}:tick-due", "{south-bay}:tick-due"
A_CALL_ENDS_WITHIN_S = 3.0
"""Two attempts of a second each, plus the delay of a busy machine."""

pytestmark = pytest.mark.long

type Connect = Callable[[], RedisCluster]


@pytest.fixture
def connect(cluster: Cluster) -> Iterator[Connect]:
    """Clients whose configuration endpoint is a node that stays well."""
    with ExitStack() as clients:
        address = f"redis://{LOOPBACK}:{cluster.beside(ZONE).port}"
        yield lambda: clients.enter_context(cluster_client(address))


def claims(redis: RedisCluster, key: str = KEY) -> bool:
    """Whether a script of the product succeeds. The call must end in time in any case."""
    began = time.monotonic()
    try:
        return bool(script("rideflow.supply.index", "claim_tick")(redis, [key], [""]))
    except RedisUnavailableError:
        return False
    finally:
        assert time.monotonic() - began < A_CALL_ENDS_WITHIN_S


@pytest.mark.parametrize("befalls", ["kill", "hang"])
def test_a_client_that_was_idle_while_a_master_failed_finds_the_new_one(
    cluster: Cluster, connect: Connect, befalls: str
) -> None:
    busy, idle = connect(), connect()
    assert claims(busy)
    assert claims(idle)

    getattr(cluster.master_of(ZONE), befalls)()

    assert not claims(busy)
    eventually(lambda: claims(busy))
    eventually(lambda: cluster.agrees_on(ZONE))  # until then a node may still name the failed master
    assert claims(idle)
    assert claims(connect())


def test_a_slot_that_was_nobody_s_for_a_while_is_found_again_and_the_others_are_served(
    cluster: Cluster, connect: Connect
) -> None:
    """A client that starts while a shard has no master, and lives on."""
    slot, owner = key_slot(ZONE.encode()), cluster.master_of(ZONE)
    masters = [node for node in cluster.nodes if node.ask("ROLE")[0] == "master"]
    for node in masters:
        node.ask("CLUSTER", "DELSLOTS", slot)
    redis = connect()
    assert not claims(redis)
    assert claims(redis, ELSEWHERE)

    for node in masters:
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", owner.ask("CLUSTER", "MYID"))

    assert eventually(lambda: claims(redis))
