"""The real stores of runs, PostgreSQL and Redis, emptied before each, and the variables that name them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import redis as redis_library

from simulation.environment_variables import of_stores

FIRST_RELEASE = "r-1"
_REGION = "arn:aws:states:us-east-1:123456789012:stateMachine"


@dataclass(frozen=True)
class Stores:
    """Where the real stores are: a migrated database that only runs use, and a Redis that a run may empty."""

    database_url: str
    redis_url: str


_DUE_BY_THE_EVENT = """
    create or replace function due_by_the_event() returns trigger language plpgsql as $$
    begin
        new.due_at := coalesce((new.detail ->> 'at')::timestamptz, new.due_at);
        return new;
    end $$;
    create or replace trigger due_by_the_event before insert on outbox for each row execute function due_by_the_event();
"""
"""Rows of the outbox are due by PostgreSQL's clock, which is not the run's; the event has the run's."""


def empty(stores: Stores) -> None:
    """Remove what a former run left in the stores. The server may crash, so a commit that is answered is in its log."""
    with psycopg.connect(stores.database_url, autocommit=True) as connection:
        connection.execute(f"alter database {connection.info.dbname} set synchronous_commit = on".encode())
        connection.execute(_DUE_BY_THE_EVENT)
        rows = connection.execute(
            "select quote_ident(tablename) from pg_tables"
            " where schemaname = 'public' and tablename not like '%migration%'"
        ).fetchall()
        connection.execute("set session_replication_role = replica")
        for (name,) in rows:
            connection.execute(f"delete from {name}".encode())  # noqa: S608 - a table of ours
    empty_redis(stores)


def empty_redis(stores: Stores) -> None:
    """Redis has lost everything, its scripts too."""
    at = urlsplit(stores.redis_url)
    client = redis_library.Redis(host=str(at.hostname), port=int(at.port or 0))
    client.flushall()
    client.script_flush()
    client.close()


def settings(stores: Stores) -> dict[str, str]:
    """The variables of every function."""
    from local.redis import FUNCTIONS as REDIS_USER

    return of_stores(stores.database_url, stores.redis_url, REDIS_USER) | {
        "EVENT_BUS_NAME": "faults",
        "REALTIME_CONNECTIONS_TABLE": "connections",
        "REALTIME_ENDPOINT": "http://127.0.0.1:9",
        "SESSIONS_TABLE": "ended",
        "PERSON_KEYS_TABLE": "person-keys",
        "GUARDS_TABLE": "guards",
        "GUARDS_ADDRESS_FACTOR": "1",
        "STRIPE_SECRET_ARN": "secret",
        "STRIPE_API_BASE": "http://stripe",
        "DISPATCH_TICK_QUEUE_URL": "ticks",
        "DISPATCH_OFFER_EXPIRY_QUEUE_URL": "offer-expiries",
        "CHANNEL_QUEUE_URL": "frames",
        "HEARTBEAT_QUEUE_URL": "heartbeats",
        "SUPPLY_MAX_SPEED_MPS": "1e9",
        "LOCATIONS_PATHS_BUCKET": "paths",
        "RELEASE_NAME": FIRST_RELEASE,
        "MATCH_SAGA_STATE_MACHINE_ARN": f"{_REGION}:match_trip",
        "MATCH_SAGA_PATIENCE_S": "300",
        "SETTLE_SAGA_STATE_MACHINE_ARN": f"{_REGION}:settle_trip",
    }
