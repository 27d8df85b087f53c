"""Stripe's webhooks in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from rideflow.kernel import outbox
from rideflow.kernel.model import View, stored
from rideflow.kernel.postgres import Database, sql
from rideflow.payments.events import StripeEventReceived
from rideflow.payments.providers.stripe.card_faces import CardFace

_PACKAGE = "rideflow.payments.providers.stripe"


class StoredStripeEvent(View):
    """An event that waits to be handled. `object` has what `kept_of` keeps; it is empty if the event carries none."""

    type: str
    object: dict[str, Any]


class PostgresStripeEvents:
    """The table `stripe_events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        event_id: str,
        type: str,  # noqa: A002
        kept: dict[str, Any],
        news: StripeEventReceived,
        face: CardFace | None = None,
    ) -> bool:
        """Store the event with `news`, the domain event about it; False if it was stored before.

        `kept` are the members of its object that `kept_of` keeps. The `face` is kept by the same statement.
        """
        parameters = {
            "event_id": event_id,
            "type": type,
            "object": Jsonb(kept),
            "face": None if face is None else Jsonb(face.model_dump(mode="json")),
            "received_at": news.at,
            "events": outbox.rows([news]),
        }
        return self._database.one(sql(_PACKAGE, "stripe_event_store"), parameters) is not None

    def take(self, event_id: str) -> StoredStripeEvent | None:
        """The event, locked until the transaction ends; None if it was handled, or never stored."""
        row = self._database.one(sql(_PACKAGE, "stripe_event_take"), {"event_id": event_id})
        if row is None or row["handled_at"] is not None:
            return None
        return stored(StoredStripeEvent, row)

    def done(self, event_id: str, at: datetime) -> None:
        self._database.execute(sql(_PACKAGE, "stripe_event_done"), {"event_id": event_id, "handled_at": at})

    def unhandled(self, before: datetime, limit: int) -> list[str]:
        """Ids of events that were received, and last tried, before that time; the longest untried first."""
        parameters = {"before": before, "limit": limit}
        return [row["event_id"] for row in self._database.all(sql(_PACKAGE, "stripe_events_unhandled"), parameters)]

    def longest_unhandled(self) -> datetime | None:
        """When the longest untried of the unhandled events was received or last tried; None if all are handled."""
        at: datetime | None = self._database.value(sql(_PACKAGE, "stripe_events_next"), {})
        return at

    def tried(self, event_id: str, at: datetime) -> None:
        """Record that the handling of the event failed."""
        self._database.execute(sql(_PACKAGE, "stripe_event_tried"), {"event_id": event_id, "tried_at": at})

    def waiting(self, before: datetime) -> int:
        """The number of events that were received before that time and are not handled."""
        row = self._database.one(sql(_PACKAGE, "stripe_events_waiting"), {"before": before})
        return 0 if row is None else int(row["events"])
