"""Events that were set aside because the bus refused them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rideflow.kernel.errors import NotFoundError
from rideflow.kernel.postgres import Database, sql

_PACKAGE = "rideflow.kernel"


class EventNotFoundError(NotFoundError):
    """The outbox holds no such event (any more)."""

    code = "event_not_found"


@dataclass(frozen=True, slots=True)
class SetAsideEvent:
    """An event that was refused too often to be tried again; `last_error` is the bus's own text."""

    event_id: UUID
    source: str
    type: str
    attempts: int
    last_error: str | None
    size_bytes: int
    committed_at: datetime
    set_aside_at: datetime


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """The context that published an event, as in `rideflow.trips`, and the event's type."""

    source: str
    type: str


class SetAside:
    """The rows of the outbox that were set aside."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, limit: int) -> list[SetAsideEvent]:
        """Up to `limit` events, the longest set aside first."""
        return [SetAsideEvent(**row) for row in self._database.all(sql(_PACKAGE, "outbox_set_aside"), {"limit": limit})]

    def redrive(self, event_id: UUID, now: datetime) -> NamedEvent:
        """Try the event again, as if for the first time. A repeat succeeds. Raises `EventNotFoundError`."""
        row = self._database.one(sql(_PACKAGE, "outbox_redrive"), {"id": event_id, "at": now})
        if row is None:
            raise EventNotFoundError("The outbox holds no such event.", field="event_id")
        return NamedEvent(row["source"], row["type"])
