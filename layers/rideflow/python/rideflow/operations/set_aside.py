"""Events that the bus refused, for staff: a list with the reasons, and one more try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from rideflow.kernel import audit
from rideflow.kernel.audit import OperatorAction
from rideflow.kernel.clock import Clock
from rideflow.kernel.model import View
from rideflow.kernel.postgres import Database

if TYPE_CHECKING:
    from rideflow.kernel.set_aside import SetAside

_OPERATION = "redrive_event"


class SetAsideView(View):
    """An event that was refused so often that it is no longer tried. `last_error` is the error of the bus."""

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
class SetAsideEvents:
    """The use cases of staff for events that were set aside."""

    events: SetAside
    database: Database
    clock: Clock

    def all(self, limit: int) -> OutboxView:
        return OutboxView(set_aside=[SetAsideView.model_validate(event) for event in self.events.all(limit)])

    def redrive(self, operator_id: UUID, event_id: UUID) -> RedriveView:
        """Have the event tried again, as for the first time, and audit that. A repeat succeeds.

        Raises `EventNotFoundError`.
        """
        now = self.clock()
        with self.database.transaction():
            event = self.events.redrive(event_id, now)
            details = {"event_id": str(event_id), "source": event.source, "type": event.type}
            audit.record(self.database, OperatorAction(now, operator_id, _OPERATION, None, "done", details))
        return RedriveView(event_id=event_id)
