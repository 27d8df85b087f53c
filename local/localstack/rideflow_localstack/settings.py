"""What the plugin reads from LocalStack's environment. Each function names the variable and says what it means."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Address:
    """Where a server of the local stack listens."""

    host: str
    port: int


def function_python() -> str:
    """`LAMBDA_PROCESS_PYTHON`: the interpreter for functions; it needs `awslambdaric` and nothing else."""
    return os.environ.get("LAMBDA_PROCESS_PYTHON", sys.executable)


def function_imports() -> tuple[str, ...]:
    """`RIDEFLOW_FUNCTION_IMPORTS`: modules of the layers, separated by spaces, that Python functions find imported.

    On Linux their processes are then forked from one that has imported these. None: each is started on its own.
    """
    return tuple(os.environ.get("RIDEFLOW_FUNCTION_IMPORTS", "").split())


def function_processes() -> int:
    """`RIDEFLOW_FUNCTION_PROCESSES`: how many processes one function has at most; further invocations wait."""
    return int(os.environ.get("RIDEFLOW_FUNCTION_PROCESSES", "10"))


def function_starts() -> int:
    """`RIDEFLOW_FUNCTION_STARTS`: how many processes start at the same time, of all functions."""
    return int(os.environ.get("RIDEFLOW_FUNCTION_STARTS", str(2 * (os.cpu_count() or 2))))


def function_logs() -> Path | None:
    """`RIDEFLOW_FUNCTION_LOGS`: folder that gets one plain log file per function."""
    folder = os.environ.get("RIDEFLOW_FUNCTION_LOGS")
    return Path(folder) if folder else None


def postgres() -> Address:
    """`RIDEFLOW_POSTGRES` (`host:port`): the server behind every RDS resource."""
    return _address("RIDEFLOW_POSTGRES", 5432)


def redis() -> Address:
    """`RIDEFLOW_REDIS` (`host:port`): the server behind every ElastiCache resource."""
    return _address("RIDEFLOW_REDIS", 6379)


def ministack_url() -> str:
    """`RIDEFLOW_MINISTACK_URL`: the emulator that answers for Cognito."""
    return os.environ.get("RIDEFLOW_MINISTACK_URL", "http://127.0.0.1:4567")


def websocket_idle_s() -> float:
    """`RIDEFLOW_WEBSOCKET_IDLE_SECONDS`: a connection that sends and receives nothing for so long is closed."""
    return float(os.environ.get("RIDEFLOW_WEBSOCKET_IDLE_SECONDS", "600"))


def websocket_duration_s() -> float:
    """`RIDEFLOW_WEBSOCKET_DURATION_SECONDS`: no connection lives longer."""
    return float(os.environ.get("RIDEFLOW_WEBSOCKET_DURATION_SECONDS", "7200"))


def _address(variable: str, default_port: int) -> Address:
    host, _, port = os.environ.get(variable, "").partition(":")
    return Address(host or "127.0.0.1", int(port or default_port))
