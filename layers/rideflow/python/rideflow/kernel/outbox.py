"""The transactional outbox: an event is committed with the state it tells of, then published.

A use case writes its events as rows of `outbox` inside the statement that changes the state (`rows()` is the parameter
of `jsonb_to_recordset`), and calls `publish` right after the commit. The row goes when the event has come back from the
bus (`forget`), many at a time and on nobody's way. What does not come back, since a crash came in between or the bus
did not take it, the sweeper publishes. Delivery is at least once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from rideflow.kernel.events import DomainEvent
from rideflow.kernel.settings import BusSettings

if TYPE_CHECKING:
    from psycopg.types.json import Jsonb

    from rideflow.kernel.postgres import Database

_MAX_ENTRIES = 10
"""EventBridge takes at most ten entries a call."""


class Publisher(Protocol):
    """Sends envelopes to the bus and says which of them were taken."""

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]: ...


def rows(events: Iterable[DomainEvent]) -> Jsonb:
    """The events as the statement's `events` parameter: a JSON array of outbox rows."""
    from psycopg.types.json import Jsonb

    return Jsonb([event.envelope() for event in events])


def forget(database: Database, ids: Sequence[UUID]) -> None:
    """These events were published: nobody need publish them again."""
    from rideflow.kernel.postgres import sql

    database.execute(sql("rideflow.kernel", "outbox_forget"), {"ids": ids})


class Outbox:
    """Publishes what was committed."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher
        self._postponed: list[DomainEvent] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Statements inside commit together; what any context publishes inside waits for the commit."""
        postponed: list[DomainEvent] = []
        self._postponed = postponed
        try:
            with self._database.transaction():
                yield
        finally:
            self._postponed = None
        self.publish(postponed)

    def publish(self, events: Iterable[DomainEvent]) -> None:
        """Publish this invocation's own events, after their commit.

        Never raises: what cannot be published now stays in the outbox for the sweeper, and the state is committed.
        """
        from rideflow.kernel.observability import logger

        if self._postponed is not None:
            self._postponed.extend(events)
            return
        envelopes = [event.envelope() for event in events]
        if not envelopes:
            return
        try:
            self._publisher(envelopes)
        except Exception:
            logger.exception("outbox: left for the sweeper", extra={"events": [e["id"] for e in envelopes]})

    def sweep(self, committed_before: datetime, limit: int = 500) -> int:
        """Publish rows that nobody else seems to publish; returns how many were taken by the bus.

        They are forgotten at once: where events are slow to come back, each is repeated once, not every minute.
        """
        from rideflow.kernel.postgres import sql

        with self._database.transaction():
            left = self._database.all(
                sql("rideflow.kernel", "outbox_left"), {"committed_before": committed_before, "limit": limit}
            )
            published = self._publisher([{**row, "id": str(row["id"])} for row in left]) if left else []
            if published:
                forget(self._database, [UUID(taken) for taken in published])
        return len(published)


class EventBridgePublisher:
    """Publishes to one EventBridge bus. The client is made on first use: boto3 costs a cold start 128 ms."""

    def __init__(self, bus_name: str) -> None:
        self._bus_name = bus_name

    def __call__(self, envelopes: Sequence[dict[str, Any]]) -> list[str]:
        taken: list[str] = []
        for start in range(0, len(envelopes), _MAX_ENTRIES):
            batch = envelopes[start : start + _MAX_ENTRIES]
            answer = _events_client().put_events(Entries=[self._entry(envelope) for envelope in batch])
            taken += [
                envelope["id"]
                for envelope, entry in zip(batch, answer["Entries"], strict=True)
                if "ErrorCode" not in entry
            ]
        return taken

    def _entry(self, envelope: dict[str, Any]) -> dict[str, Any]:
        return {
            "EventBusName": self._bus_name,
            "Source": envelope["source"],
            "DetailType": envelope["type"],
            "Detail": json.dumps(envelope["detail"]),
        }


@cache
def _events_client() -> Any:
    import boto3

    return boto3.client("events")


@cache
def outbox() -> Outbox:
    """The outbox of this execution environment."""
    from rideflow.kernel.postgres import database

    return Outbox(database(), EventBridgePublisher(BusSettings.from_environment().name))
