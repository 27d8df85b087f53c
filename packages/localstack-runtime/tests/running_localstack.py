"""LocalStack with the package in it, and ministack, as processes of the tests.

`TEST_LOCALSTACK_PYTHON` and `TEST_MINISTACK_PYTHON` name the interpreters that have them, `TEST_FUNCTION_PYTHON` names
the one for functions. Each is the interpreter of the tests if it is not set.
"""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from localstack_runtime.lambda_executor.bootstrap import die_with
from stack_template import POSTGRES, REDIS
from waiting import eventually

LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
START_DEADLINE_S = 240
LOCALSTACK_PYTHON = os.environ.get("TEST_LOCALSTACK_PYTHON", sys.executable)
MINISTACK_PYTHON = os.environ.get("TEST_MINISTACK_PYTHON", sys.executable)
FUNCTION_PYTHON = os.environ.get("TEST_FUNCTION_PYTHON", sys.executable)
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
# Prefixes of variables that a person may have set for AWS itself, or for a LocalStack of their own.
NOT_HANDED_ON = ("AWS_", "LOCALSTACK_", "LAMBDA_", "PROVIDER_OVERRIDE_")


@dataclass(frozen=True)
class Running:
    """A server that answers at its URL."""

    process: subprocess.Popen[bytes]
    url: str


@contextmanager
def started_localstack(folder: Path, **settings: str) -> Iterator[Running]:
    """LocalStack in host mode, started as in the README; `settings` are variables of its environment."""
    port = free_port()
    environment = {
        "GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
        "LOCALSTACK_HOST": f"{LOOPBACK}:{port}",
        "DNS_ADDRESS": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "FILESYSTEM_ROOT": str(folder),
        "OVERRIDE_IN_DOCKER": "0",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.2",
        "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "0.3",
        "LOCALSTACK_RUNTIME_POSTGRES": POSTGRES,
        "LOCALSTACK_RUNTIME_REDIS": REDIS,
        "LOCALSTACK_RUNTIME_FUNCTION_PYTHON": FUNCTION_PYTHON,
        "LOCALSTACK_RUNTIME_FUNCTION_IMPORTS": "json",
        "LOCALSTACK_RUNTIME_FUNCTION_LOGS": str(function_logs(folder)),
    }
    command = [LOCALSTACK_PYTHON, "-m", "localstack.runtime.main"]
    url = f"http://{LOOPBACK}:{port}"
    with started(command, environment | settings, folder, url, "/_localstack/health") as running:
        yield running


@contextmanager
def started_ministack(folder: Path) -> Iterator[Running]:
    """ministack with its Cognito only."""
    port = free_port()
    environment = {
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "SERVICES": "cognito-idp,cognito-identity,sts",
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": "unix:///nonexistent",
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
    }
    command = [MINISTACK_PYTHON, "-m", "ministack"]
    with started(command, environment, folder, f"http://{LOOPBACK}:{port}", "/_ministack/health") as running:
        yield running


@contextmanager
def started(command: list[str], environment: dict[str, str], folder: Path, url: str, health: str) -> Iterator[Running]:
    """The server, killed at the end with all its children; it dies with the tests as well."""
    for part in ("home", "tmp"):
        (folder / part).mkdir(parents=True)
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(NOT_HANDED_ON)}
    surroundings |= CREDENTIALS | {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")} | environment
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=surroundings,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509 - one thread starts servers
        )
    try:
        eventually(lambda: ended(process) or is_healthy(url + health), START_DEADLINE_S)
        assert process.poll() is None, (folder / "log").read_text()
        yield Running(process, url)
    finally:
        kill(process)


def ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the server's session, also the processes that a dead server left in it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        port: int = taken.getsockname()[1]
        return port


def function_logs(folder: Path) -> Path:
    """The folder in which a LocalStack with its files in `folder` writes the output of functions."""
    logs = folder / "functions"
    logs.mkdir(parents=True, exist_ok=True)
    return logs


def client(service: str, url: str, **options: Any) -> Any:
    """A boto3 client of LocalStack's, with fixed credentials and not the person's."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        **options,
    )
