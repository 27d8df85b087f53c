"""Variables of this package in LocalStack's environment; an empty one counts as not set.

Each function's docstring describes its variable. The README has the same list with the defaults.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

PREFIX = "LOCALSTACK_RUNTIME_"


@dataclass(frozen=True)
class Address:
    """The host and port of a server."""

    host: str
    port: int


def function_python() -> str:
    """`FUNCTION_PYTHON`: the interpreter for functions; it needs `awslambdaric` and nothing else."""
    return _read("FUNCTION_PYTHON", sys.executable)


def function_imports() -> tuple[str, ...]:
    """`FUNCTION_IMPORTS`: modules of the layers, separated by spaces, that Python functions find imported.

    On Linux their processes are then forked from one that has imported these. None: each is started on its own.
    """
    return tuple(_read("FUNCTION_IMPORTS", "").split())


def function_processes() -> int:
    """`FUNCTION_PROCESSES`: how many processes one function has at most; further invocations wait."""
    return int(_read("FUNCTION_PROCESSES", "10"))


def function_starts() -> int:
    """`FUNCTION_STARTS`: how many processes start at the same time, of all functions."""
    return int(_read("FUNCTION_STARTS", str(2 * (os.cpu_count() or 2))))


def function_logs() -> Path | None:
    """`FUNCTION_LOGS`: folder that gets one plain log file per function."""
    folder = _read("FUNCTION_LOGS", "")
    return Path(folder) if folder else None


def postgres() -> Address:
    """`POSTGRES` (`host:port`): the server behind every RDS resource."""
    return _address("POSTGRES", 5432)


def redis() -> Address:
    """`REDIS` (`host:port`): the server behind every ElastiCache resource."""
    return _address("REDIS", 6379)


def ministack_url() -> str:
    """`MINISTACK_URL`: the emulator that answers for Cognito."""
    return _read("MINISTACK_URL", "http://127.0.0.1:4567")


def policies_are_enforced() -> bool:
    """`ENFORCE_POLICIES`: whether calls of roles are refused that their policies do not allow; `0` lets all pass."""
    return _read("ENFORCE_POLICIES", "1") != "0"


def websocket_idle_s() -> float:
    """`WEBSOCKET_IDLE_SECONDS`: a connection that sends and receives nothing for so long is closed."""
    return float(_read("WEBSOCKET_IDLE_SECONDS", "600"))


def websocket_duration_s() -> float:
    """`WEBSOCKET_DURATION_SECONDS`: no connection lives longer."""
    return float(_read("WEBSOCKET_DURATION_SECONDS", "7200"))


def _address(name: str, default_port: int) -> Address:
    host, _, port = _read(name, "").partition(":")
    return Address(host or "127.0.0.1", int(port or default_port))


def _read(name: str, default: str) -> str:
    return os.environ.get(PREFIX + name) or default
