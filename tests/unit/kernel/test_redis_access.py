"""Functions may run in Redis what the scripts and stores call, and nothing else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from rideflow.kernel.redis_access import COMMANDS, OF_THE_CLIENT, access
from rideflow.supply.keys import ZoneKeys
from tools.arrows.sql import LAYER

_CALL = re.compile(r"redis\.p?call\(([^,)]*)")
_WORD = re.compile(r"'([A-Z]+)'")
_CLIENTS = ("_redis", "pipeline", "redis")
_OF_CLUSTERS = {"pipeline", "execute", "close"}
"""Methods of the client that send nothing, or what was called before."""


def of_scripts() -> Iterator[str]:
    """Commands of `redis.call`, also if an expression chooses one."""
    for file in LAYER.rglob("*.lua"):
        calls = _CALL.findall(file.read_text())
        assert all(_WORD.search(call) for call in calls), f"{file.name} calls a command that cannot be read"
        yield from (word.lower() for call in calls for word in _WORD.findall(call))


def of_stores() -> Iterator[str]:
    """Methods that stores call on their client; each is named after its command."""
    for file in [*LAYER.glob("supply/**/*.py"), Path(LAYER / "kernel" / "redis.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                name = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
                if name in _CLIENTS and node.func.attr not in _OF_CLUSTERS:
                    yield node.func.attr


def test_functions_may_run_exactly_the_commands_that_scripts_and_stores_call() -> None:
    called = set(of_scripts()) | set(of_stores())

    assert called - COMMANDS == set()
    assert COMMANDS - called == set()


def test_no_command_of_functions_reads_all_keys_configures_or_copies() -> None:
    dangerous = {"keys", "scan", "flushall", "flushdb", "config", "acl", "debug", "migrate", "restore", "dump",
                 "replicaof", "cluster", "client", "script", "function", "monitor", "subscribe"}  # fmt: skip

    assert (COMMANDS | OF_THE_CLIENT) & dangerous == set()
    assert access().split()[:4] == ["on", "~{*}:*", "resetchannels", "-@all"]


def test_keys_of_functions_are_those_of_zones() -> None:
    keys = ZoneKeys("sf-bay")
    named = [keys.seen, keys.free("suv"), keys.driver(UUID(int=1)), keys.queue("sfo", "suv"), keys.tick_fence]

    assert all(re.fullmatch(r"\{.*\}:.*", key) for key in named)
