"""An event came back from the bus: its row is deleted from the outbox.

Needs: database.
Consumes: every event (rideflow.*).
"""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.consumer import batch_consumer
from rideflow.kernel.model import Message
from rideflow.kernel.outbox import forget


class EventPublished(Message):
    """Any domain event; only its id is read."""

    id: UUID


def on_event_published(events: list[EventPublished]) -> None:
    from rideflow.kernel.postgres import database

    forget(database(), [event.id for event in events])


app = batch_consumer(on_event_published)
