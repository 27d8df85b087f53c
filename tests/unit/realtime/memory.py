"""Doubles of realtime's dependencies in memory: connections, the gateway that reaches them, and the time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from rideflow.realtime.service import OpenConnection

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
PERSON = UUID("6f1c1c5e-2f0b-4c39-9a5e-2f6b8d6f3a01")


class ConnectionsInMemory:
    def __init__(self) -> None:
        self.open: dict[UUID, dict[str, OpenConnection]] = {}
        self.failing = False
        self.keeping = False

    def add(self, person_id: UUID, opened: OpenConnection, roles: Iterable[str]) -> None:
        self.open.setdefault(person_id, {})[opened.id] = opened

    def remove(self, person_id: UUID, connection_id: str) -> None:
        if self.failing or self.keeping:
            raise OSError("no route to DynamoDB")
        del self.open[person_id][connection_id]

    def of(self, person_id: UUID) -> list[OpenConnection]:
        if self.failing:
            raise OSError("no route to DynamoDB")
        return list(self.open.get(person_id, {}).values())

    def ids(self) -> list[str]:
        return [connection.id for connection in self.of(PERSON)]


class GatewayInMemory:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.failures: dict[str, Exception] = {}

    def post(self, connection_id: str, text: str) -> None:
        if failure := self.failures.get(connection_id):
            raise failure
        self.sent.append((connection_id, text))

    def close(self, connection_id: str) -> None:
        if failure := self.failures.get(connection_id):
            raise failure
        self.closed.append(connection_id)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
