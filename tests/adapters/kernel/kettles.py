"""Events to be put into an outbox, and what is left in it."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.outbox import add
from rideflow.kernel.postgres import Database

SOON = datetime.now(UTC) + timedelta(hours=1)


class KettleBoiled(DomainEvent):
    context: ClassVar[str] = "kitchen"

    litres: float = 1.5


def boiled(number: int = 1) -> list[DomainEvent]:
    return [KettleBoiled(at=datetime.now(UTC)) for _ in range(number)]


def commit(database: Database, events: list[DomainEvent]) -> list[DomainEvent]:
    add(database, events)
    return events


def left(database: Database) -> int:
    return len(database.all("select id from outbox", {}))
