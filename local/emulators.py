"""AWS and Stripe on this machine: LocalStack with our plugin, ministack for Cognito, the Stripe double."""

import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import caches, paths
from local.paths import StackFolder
from local.processes import LOOPBACK, ProcessError, Server, ServerProcess, accepts_connections

REGION = "us-east-1"
PLUGIN = "LOCALSTACK_RUNTIME_"
ACCOUNT = "000000000000"
# LocalStack tells accounts apart by the key; a key that is no account number means the default account.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
# Variables that a person may have set for AWS itself. Their profile would be searched in a home that is not theirs.
THEIR_AWS = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION")
START_DEADLINE_S = 240
# Modules of the dependencies' layer that most functions import. None reads the function's variables at import.
IMPORTED = (
    "aws_lambda_powertools.event_handler.depends",
    "aws_lambda_powertools.event_handler.openapi.params",
    "boto3",
    "botocore.config",
    "jwt",
    "psycopg.types.json",
    "pydantic",
    "redis.cluster",
    "stripe",
)


@dataclass(frozen=True)
class Emulator:
    process: ServerProcess
    url: str

    def stop(self) -> None:
        self.process.stop()


def start_cognito(folder: StackFolder, port: int) -> Emulator:
    """ministack, with nothing but its Cognito switched on: it checks passwords, one-time codes and tokens."""
    data = folder.data("ministack")
    environment = CREDENTIALS | {
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "SERVICES": "cognito-idp,cognito-identity,sts",
        # Without it codes are not checked, revoked tokens stay good, and signing out does nothing.
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": "unix:///nonexistent",
        # By default ministack uses fixed folders below the machine's temporary one, also for the keys of tokens.
        "STATE_DIR": str(data / "state"),
        "S3_DATA_DIR": str(data / "s3"),
    }
    process = _server(folder, "ministack", [str(_installed(paths.MINISTACK_PYTHON)), "-m", "ministack"], environment)
    return _started(process, f"http://{LOOPBACK}:{port}", "/_ministack/health")


def start_stripe(folder: StackFolder, port: int, api_key: str, webhook_secret: str) -> Emulator:
    command = [sys.executable, "-m", "stripe_double", "--port", str(port)]
    command += ["--webhook-secret", webhook_secret, "--api-key", api_key]
    process = _server(folder, "stripe", command, {})
    return _when(process, lambda: accepts_connections(port), f"http://{LOOPBACK}:{port}")


def start_localstack(folder: StackFolder, port: int, *, postgres: str, redis: str, cognito_url: str) -> Emulator:
    """LocalStack in host mode; `postgres` and `redis` are the `host:port` that RDS and ElastiCache answer with."""
    data = folder.data("localstack")
    environment = {
        "GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
        "LOCALSTACK_HOST": f"{LOOPBACK}:{port}",
        "DNS_ADDRESS": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "FILESYSTEM_ROOT": str(data),
        # The host mode holds inside a container too: that container is not the one that LocalStack's own image makes.
        "OVERRIDE_IN_DOCKER": "0",
        # A resource that would silently be missing is one that no test here can miss.
        "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "0",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LOCALSTACK_RUNTIME_FUNCTION_PYTHON": str(_installed(paths.LAMBDA_PYTHON)),
        "LAMBDA_SYNCHRONOUS_CREATE": "0",
        "LAMBDA_KEEPALIVE_MS": "3600000",
        "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.2",
        "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "0.3",
        "LOCALSTACK_RUNTIME_POSTGRES": postgres,
        "LOCALSTACK_RUNTIME_REDIS": redis,
        "LOCALSTACK_RUNTIME_MINISTACK_URL": cognito_url,
        "LOCALSTACK_RUNTIME_FUNCTION_IMPORTS": " ".join(IMPORTED),
        "LOCALSTACK_RUNTIME_FUNCTION_LOGS": str(_made(folder.function_logs)),
    }
    command = [str(_installed(paths.LOCALSTACK_PYTHON)), "-m", "localstack.runtime.main"]
    settings = _without_own_localstack() | CREDENTIALS | environment
    process = _server(folder, "localstack", command, settings)
    return _started(process, f"http://{LOOPBACK}:{port}", "/_localstack/health")


def local_client(service: str, endpoint_url: str) -> Any:
    """A boto3 client of LocalStack's, with the stack's credentials and not the person's."""
    import boto3

    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def _without_own_localstack() -> dict[str, str]:
    """Settings that a person made for a LocalStack of their own, emptied: they must not reach ours.

    LocalStack treats an empty variable as not set. Settings of our plugin (`LOCALSTACK_RUNTIME_FUNCTION_PROCESSES` …)
    stay.
    """
    theirs = ("CFN_", "LOCALSTACK_", "LAMBDA_", "PROVIDER_OVERRIDE_")
    return {name: "" for name in os.environ if name.startswith(theirs) and not name.startswith(PLUGIN)}


def _server(folder: StackFolder, name: str, command: list[str], environment: dict[str, str]) -> ServerProcess:
    """A server that is stopped by SIGKILL: state that it could save in an orderly stop would be deleted anyway.

    Its home and its temporary folder are below its data. The person's may be read-only, and others use it too.
    """
    data = _made(folder.data(name))
    surroundings = caches.home(_made(data / "home")) | {"TMPDIR": str(_made(data / "tmp"))}
    server = Server(
        name=name,
        command=command,
        log=folder.log(name),
        environment=dict.fromkeys(THEIR_AWS) | surroundings | environment,
        lock=folder.children_lock,
        discard=folder.data(name),
        stop_signal=signal.SIGKILL,
    )
    return ServerProcess(server)


def _started(process: ServerProcess, url: str, health: str) -> Emulator:
    return _when(process, lambda: _is_healthy(url + health), url)


def _when(process: ServerProcess, ready: Callable[[], bool], url: str) -> Emulator:
    try:
        process.wait_until(ready, START_DEADLINE_S)
    except BaseException:
        process.stop()
        raise
    return Emulator(process, url)


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _installed(program: Path) -> Path:
    if not program.exists():
        raise ProcessError(f"{program.relative_to(paths.ROOT)} is missing: run `make setup`.")
    return program


def _made(folder: Path) -> Path:
    folder.mkdir(mode=paths.PRIVATE, parents=True, exist_ok=True)
    return folder
