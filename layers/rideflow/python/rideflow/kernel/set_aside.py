"""Events that were set aside because the bus refused them: operators list them and try them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from rideflow.kernel import audit
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import NotFoundError
from rideflow.kernel.model import View
from rideflow.kernel.postgres import Database, sql

_PACKAGE = "rideflow.kernel"
_OPERATION = "redrive_event"


class EventNotFoundError(NotFoundError):
    """The outbox holds no such event (any more)."""

    code = "event_not_found"


class SetAsideView(View):
    """An event that was refused too often to be tried again; `last_error` is the bus's own text."""

    event_id: UUID
    source: str
    type: str
    attempts: int
    last_error: str | None
    size_bytes: int
    committed_at: datetime
    set_aside_at: datetime


class OutboxView(View):
    """The events that were set aside, the oldest first."""

    set_aside: list[SetAsideView]


class RedriveView(View):
    """The event is due: the next sweep sends it."""

    event_id: UUID
    state: Literal["due"] = "due"


@dataclass(frozen=True, slots=True)
class SetAside:
    """The use cases of events that were set aside."""

    database: Database
    clock: Clock

    def all(self, limit: int) -> OutboxView:
        rows = self.database.all(sql(_PACKAGE, "outbox_set_aside"), {"limit": limit})
        return OutboxView(set_aside=[SetAsideView.model_validate(row) for row in rows])

    def redrive(self, operator_id: UUID, event_id: UUID) -> RedriveView:
        """Try the event again, as if for the first time; audited. A repeat succeeds. Raises `EventNotFoundError`."""
        now = self.clock()
        with self.database.transaction():
            row = self.database.one(sql(_PACKAGE, "outbox_redrive"), {"id": event_id, "at": now})
            if row is None:
                raise EventNotFoundError("The outbox holds no such event.", field="event_id")
            details = {"event_id": str(event_id), "source": row["source"], "type": row["type"]}
            audit.record(self.database, OperatorAction(now, operator_id, _OPERATION, None, "done", details))
        return RedriveView(event_id=event_id)
