"""Real PostgreSQL and real Redis for the handlers under measurement; `aws` answers for the rest.

PostgreSQL does not wait for the disk: its milliseconds, on both sides of a ratio, would hide the handler's own cost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from local.postgres import start_postgres
from local.redis import FUNCTIONS, start_redis
from rideflow.kernel.migrations.applying import migrate_url
from simulation.environment_variables import of_stores, told

_DATABASE = "bench"


@contextmanager
def stores() -> Iterator[str]:
    """Start the stores and set the environment for them; yields the database's URL."""
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
            with told(_environment(database_url, redis.url)):
                yield database_url
        finally:
            redis.stop()
            postgres.stop()


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return of_stores(database_url, redis_url, FUNCTIONS) | {
        "EVENT_BUS_NAME": "bench",
        "REALTIME_CONNECTIONS_TABLE": "bench",
        "SESSIONS_TABLE": "ended",
        "PERSON_KEYS_TABLE": "person-keys",
        "REALTIME_ENDPOINT": "http://127.0.0.1:9",
        "DISPATCH_TICK_QUEUE_URL": "ticks",
        "DISPATCH_OFFER_EXPIRY_QUEUE_URL": "offer-expiries",
        "CHANNEL_QUEUE_URL": "frames",
        "SUPPLY_MAX_SPEED_MPS": "60",
        "LOCATIONS_PATHS_BUCKET": "bench",
    }
