"""The bare store calls of an operation: its adapters' calls are captured, and sent again without the adapters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import redis

from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database, Parameters, Row


class CapturedDatabase(Database):
    """Keeps statements instead of sending them; a plain select is answered by `reads`, if there is one."""

    def __init__(self, reads: Database | None = None) -> None:
        self.captured: list[tuple[Any, Parameters]] = []
        self._reads = reads

    def one(self, statement: Any, parameters: Parameters) -> Row | None:
        self.captured.append((statement, parameters))
        if self._reads is None or not statement.lstrip().startswith("select"):
            return None
        return self._reads.one(statement, parameters)


class CapturedRedis:
    """Keeps a script's digest, keys and arguments instead of sending them."""

    def __init__(self) -> None:
        self.captured: list[tuple[Any, ...]] = []

    def evalsha(self, *call: Any) -> None:
        self.captured.append(call)


def bare(
    connection: psycopg.Connection[Any],
    statements: Sequence[tuple[Any, Parameters]],
    client: redis.Redis,
    scripts: Sequence[tuple[Any, ...]],
) -> Callable[[], None]:
    """A call that sends only these statements and scripts, and reads their answers."""

    def send() -> None:
        for statement, parameters in statements:
            connection.execute(statement, parameters).fetchall()
        for call in scripts:
            client.evalsha(*call)

    return send


def accept_statement(trip_id: UUID, driver_id: UUID) -> list[tuple[Any, Parameters]]:
    """The statement that accepting an offer sends to PostgreSQL."""
    from rideflow.dispatch.store import PostgresOffers

    captured = CapturedDatabase()
    PostgresOffers(captured).accept(trip_id, driver_id, uuid7(), datetime.now(UTC))
    return captured.captured
