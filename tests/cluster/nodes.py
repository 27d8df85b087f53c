"""Redis Cluster as ElastiCache runs it: three masters with a replica each, and the failures of nodes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from local.processes import LOOPBACK, Server, ServerProcess, free_ports
from local.redis import BUS_OFFSET, SLOTS
from local.redis_binary import find_redis
from tests.eventually import children, eventually

MASTERS = 3
FAILS_AFTER_MS = 1500
"""A node is silent this long before the others elect its replica."""

_WHOLE_WITHIN_S = 30
_SETTINGS = {
    "bind": LOOPBACK,
    "cluster-enabled": "yes",
    "cluster-announce-ip": LOOPBACK,
    "cluster-node-timeout": str(FAILS_AFTER_MS),
    "cluster-require-full-coverage": "no",
    "cluster-replica-validity-factor": "0",
    "repl-diskless-sync-delay": "0",
    "repl-ping-replica-period": "1",  # without this the master does not report a replica that never received a byte
    "save": "",
    "appendonly": "no",
}


@dataclass
class Node:
    """One server. Its place in the cluster is on disk and survives a restart; its data does not."""

    port: int
    folder: Path
    _process: ServerProcess | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        binary = find_redis()
        settings = _SETTINGS | {"port": str(self.port), "dir": str(self.folder)}
        options = [argument for name, value in settings.items() for argument in (f"--{name}", value)]
        self._process = ServerProcess(
            Server(
                f"redis-{self.port}",
                [str(binary.path), *options],
                self.folder / "redis.log",
                environment=binary.environment,
                stop_signal=signal.SIGKILL,
            )
        )

    def wait_until_it_answers(self) -> None:
        assert self._process is not None
        self._process.wait_until(self.answers, _WHOLE_WITHIN_S)

    def answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.RedisError:
            return False

    def ask(self, *command: Any) -> Any:
        with closing(redis.Redis(host=LOOPBACK, port=self.port, socket_timeout=1, decode_responses=True)) as client:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]

    def master_s_port(self, zone: str) -> int | None:
        """The port of the master of the zone's keys, as this node knows it."""
        slot = key_slot(zone.encode())
        masters = (master[1] for first, last, master, *_ in self.ask("CLUSTER", "SLOTS") if first <= slot <= last)
        return next(masters, None)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def hang(self) -> None:
        """Stop the node: it keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        (server,) = children(self._process.keeper_pid)
        os.kill(server, number)


@dataclass
class Cluster:
    """Six nodes; nodes of odd numbers begin as replicas."""

    nodes: list[Node] = field(default_factory=list)

    def master_of(self, zone: str) -> Node:
        """The master of the zone's keys, as the first answering node knows it."""
        port = next(node for node in self.nodes if node.answers()).master_s_port(zone)
        return next(node for node in self.nodes if node.port == port)

    def agrees_on(self, zone: str) -> bool:
        """Whether all answering nodes know the same master, and it answers itself."""
        answering = [node for node in self.nodes if node.answers()]
        masters = {node.master_s_port(zone) for node in answering}
        return len(masters) == 1 and masters <= {node.port for node in answering}

    def beside(self, *zones: str) -> Node:
        """An answering master of other slots: a configuration endpoint leads there when the zones' masters are gone."""
        concerned = {self.master_of(zone).port for zone in zones}
        return next(node for node in self.nodes if node.port not in concerned and node.answers())

    def whole(self) -> bool:
        """Whether every node sees all others as healthy, every slot has a master, and every replica is in sync."""
        answering = [node for node in self.nodes if node.answers()]
        return len(answering) == len(self.nodes) and all(self._is_well(node) for node in answering)

    def wait_until_whole(self) -> None:
        eventually(self.whole, _WHOLE_WITHIN_S)

    def flush(self) -> None:
        """Delete all data in Redis."""
        for node in self.nodes:
            if node.ask("ROLE")[0] == "master":
                node.ask("FLUSHALL")

    def restart_empty(self, *nodes: Node) -> None:
        """Kill nodes and restart them before the others notice: masters are masters again, without data."""
        for node in nodes:
            node.kill()
        for node in nodes:
            node.stop()
            (node.folder / "dump.rdb").unlink(missing_ok=True)  # a file from the node's time as a replica
            node.start()
        for node in nodes:
            node.wait_until_it_answers()

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def _is_well(self, node: Node) -> bool:
        role, *rest = node.ask("ROLE")
        linked = bool(rest[1]) if role == "master" else rest[2] == "connected"
        shards = node.ask("CLUSTER", "SLOTS")
        covered = sum(last - first + 1 for first, last, *_ in shards)
        paired = len({tuple(each[1] for each in nodes) for _, _, *nodes in shards if len(nodes) == 2}) == MASTERS
        return "cluster_state:ok" in node.ask("CLUSTER", "INFO") and linked and covered == SLOTS and paired


@contextmanager
def six_nodes(folder: Path) -> Iterator[Cluster]:
    """A whole cluster in a folder of its own, which is deleted afterwards."""
    ports = free_ports(2 * MASTERS, also=BUS_OFFSET)
    cluster = Cluster([Node(port, folder / str(port)) for port in ports])
    try:
        for node in cluster.nodes:
            node.start()
        for node in cluster.nodes:
            node.wait_until_it_answers()
        _form(cluster.nodes)
        cluster.wait_until_whole()
        yield cluster
    finally:
        cluster.stop()


def _form(nodes: list[Node]) -> None:
    masters, replicas = nodes[::2], nodes[1::2]
    size = -(-SLOTS // MASTERS)
    for number, master in enumerate(masters):
        master.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        master.ask("CLUSTER", "ADDSLOTS", *range(SLOTS)[number * size : (number + 1) * size])
    for node in nodes[1:]:
        for other in nodes:
            if other is not node:
                node.ask("CLUSTER", "MEET", LOOPBACK, other.port)
    for master, replica in zip(masters, replicas, strict=True):
        master_id = master.ask("CLUSTER", "MYID")
        eventually(lambda: master_id in str(replica.ask("CLUSTER", "NODES")), _WHOLE_WITHIN_S)  # noqa: B023
        eventually(lambda: _follows(replica, master_id), _WHOLE_WITHIN_S)  # noqa: B023


def _follows(replica: Node, master_id: str) -> bool:
    """Make a node follow its master. It first learns by gossip that the other node is a master."""
    try:
        return bool(replica.ask("CLUSTER", "REPLICATE", master_id))
    except redis.ResponseError:
        return False
