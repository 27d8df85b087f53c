"""Real Redis in cluster mode: one node holds every slot, so that the cluster client of ElastiCache runs here too."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import redis

from local.paths import PRIVATE
from local.processes import LOOPBACK, Server, ServerProcess, free_ports
from local.redis_binary import RedisBinary, find_redis
from rideflow.kernel.redis_access import access

SLOTS = 16_384
# A node listens for other nodes on its port + 10000; Redis 6.2 cannot be told otherwise.
BUS_OFFSET = 10_000
# A cluster node that just started refuses writes for two seconds, in case others know better.
START_DEADLINE_S = 30
FUNCTIONS = "rideflow-local-functions"
"""The ACL user of functions; it has the rights that it has on AWS. A client that names no user may do everything."""


@dataclass(frozen=True)
class RedisCluster:
    process: ServerProcess
    port: int

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        return f"redis://{self.address}"

    def empty(self) -> None:
        with redis.Redis(host=LOOPBACK, port=self.port) as client:
            client.flushall()

    def stop(self) -> None:
        self.process.stop()


def start_redis(data: Path, log: Path, *, port: int | None = None, lock: Path | None = None) -> RedisCluster:
    """Start an empty one-node cluster. The content of `data` is deleted."""
    binary = find_redis()
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=PRIVATE, parents=True)
    port = port or free_ports(1, also=BUS_OFFSET)[0]
    process = ServerProcess(_server(binary, data, log, port, lock))
    running = RedisCluster(process, port)
    try:
        with redis.Redis(host=LOOPBACK, port=port, socket_timeout=5) as client:
            process.wait_until(lambda: _answers(client), START_DEADLINE_S)
            client.cluster("ADDSLOTS", *range(SLOTS))
            process.wait_until(lambda: _holds_all_slots(client), START_DEADLINE_S)
    except BaseException:
        running.stop()
        raise
    return running


def _server(binary: RedisBinary, data: Path, log: Path, port: int, lock: Path | None) -> Server:
    settings = {
        "bind": LOOPBACK,
        "port": str(port),
        "cluster-enabled": "yes",
        "cluster-announce-ip": LOOPBACK,
        "dir": str(data),
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
    }
    options = [argument for name, value in settings.items() for argument in (f"--{name}", value)]
    options += ["--user", FUNCTIONS, "nopass", *access().split()]
    return Server("redis", [str(binary.path), *options], log, environment=binary.environment, lock=lock, discard=data)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _holds_all_slots(client: redis.Redis) -> bool:
    return str(client.cluster("INFO")["cluster_state"]) == "ok"
