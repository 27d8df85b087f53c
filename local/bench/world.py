"""Real PostgreSQL and real Redis for the handlers under measurement; no AWS.

PostgreSQL does not wait for the disk: its milliseconds, on both sides of a ratio, would hide what a handler costs.

The bus, queues and tables of AWS are answered in place: they are neither the handlers' own work nor a store's.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from local.postgres import start_postgres
from local.redis import start_redis
from rideflow.kernel.migrations import migrate_url

_DATABASE = "bench"


class AnswersInPlace:
    """Any AWS client: takes every event and message, and knows of no open connection."""

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(number)} for number in range(len(Entries))]}

    def query(self, **_: Any) -> dict[str, Any]:
        return {"Items": []}

    def send_message(self, **_: Any) -> dict[str, Any]:
        return {"MessageId": "1"}


@contextmanager
def stores() -> Iterator[str]:
    """The stores are up and the environment tells of them; yields the database's URL."""
    with tempfile.TemporaryDirectory(prefix="rideflow-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as another user than root
        postgres = start_postgres(folder / "postgres", folder / "postgres.log", durable=False)
        redis = start_redis(folder / "redis", folder / "redis.log")
        try:
            with psycopg.connect(postgres.url(), autocommit=True) as connection:
                connection.execute(f"create database {_DATABASE}".encode())
            database_url = postgres.url(_DATABASE)
            migrate_url(database_url)
            os.environ.update(_environment(database_url, redis.url))
            _answer_aws_in_place()
            yield database_url
        finally:
            redis.stop()
            postgres.stop()


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    database, redis = urlsplit(database_url), urlsplit(redis_url)
    return {
        "DATABASE_HOST": str(database.hostname),
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": _DATABASE,
        "DATABASE_USER": str(database.username),
        "DATABASE_AUTH": "trust",
        "REDIS_HOST": str(redis.hostname),
        "REDIS_PORT": str(redis.port),
        "REDIS_TLS": "false",
        "EVENT_BUS_NAME": "bench",
        "REALTIME_CONNECTIONS_TABLE": "bench",
        "REALTIME_ENDPOINT": "http://127.0.0.1:9",
        "DISPATCH_TICK_QUEUE_URL": "bench",
        "DISPATCH_OFFER_EXPIRY_QUEUE_URL": "bench",
        "LOCATIONS_MAX_SPEED_MPS": "60",
        "LOCATIONS_PATHS_BUCKET": "bench",
    }


def _answer_aws_in_place() -> None:
    import boto3

    def client(*_: Any, **__: Any) -> AnswersInPlace:
        return AnswersInPlace()

    boto3.client = client
