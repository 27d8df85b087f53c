"""The sweep of the outbox: rows that were left are published, and refused events do not block the others (ADR 106)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from rideflow.kernel.observability import logger
from rideflow.kernel.outbox import MAX_ENTRIES, Publisher, Taken, forget
from rideflow.kernel.postgres import Database, sql

_PACKAGE = "rideflow.kernel"

MOST_ATTEMPTS = 8
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=1)
"""A refused event is due again after 1, 2, 4, … minutes, and set aside at its eighth refusal."""


@dataclass(frozen=True, slots=True)
class Swept:
    """The numbers of rows that a sweep published, postponed (`put_off`) and set aside."""

    published: int = 0
    put_off: int = 0
    set_aside: int = 0

    @property
    def is_done(self) -> bool:
        """Whether no row was due."""
        return self.published + self.put_off + self.set_aside == 0


class OutboxSweep:
    """Publishes events that their own invocation has not published."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher

    def run(self, due_before: datetime, limit: int = MAX_ENTRIES) -> Swept:
        """Publish one batch of rows that are due, the longest due first.

        Published rows are deleted at once: if events are slow to come back, each is repeated once, not every minute.
        Refused events are due again later, counted from `due_before`, or set aside. A batch is one call of the bus and
        one commit, so a sweep that runs out of time loses no work, however slow the bus is.
        """
        with self._database.transaction():
            left = self._database.all(sql(_PACKAGE, "outbox_left"), {"due_before": due_before, "limit": limit})
            if not left:
                return Swept()
            attempts = {str(row["id"]): row.pop("attempts") for row in left}
            taken = self._publisher([{**row, "id": str(row["id"])} for row in left])
            forget(self._database, [UUID(each) for each in taken])
            refusals = taken.refused if isinstance(taken, Taken) else {}
            not_taken = [each for each in attempts if each not in taken]
            put_off = [_put_off(each, attempts[each], refusals.get(each), due_before) for each in not_taken]
            self._put_off(put_off)
        set_aside = sum(each["set_aside_at"] is not None for each in put_off)
        return Swept(len(taken), len(put_off) - set_aside, set_aside)

    def set_aside(self) -> int:
        """The number of events that wait for an operator."""
        row = self._database.one(sql(_PACKAGE, "outbox_set_aside_count"), {})
        return 0 if row is None else int(row["events"])

    def _put_off(self, refused: Sequence[dict[str, Any]]) -> None:
        if refused:
            self._database.execute(sql(_PACKAGE, "outbox_put_off"), {"refused": Jsonb(refused)})
        for each in refused:
            logger.warning("outbox: the bus did not take an event", extra={"refused": each})


def first_due_at(database: Database) -> datetime | None:
    """When the next event may be swept. Those that wait for an operator do not count: a sweep does nothing for them."""
    due_at: datetime | None = database.value(sql(_PACKAGE, "outbox_next"), {})
    return due_at


def _put_off(event_id: str, attempts: int, refusal: str | None, now: datetime) -> dict[str, Any]:
    """A row for `outbox_put_off`. A refusal without a reason does not concern the event, and counts as no attempt."""
    attempts += refusal is not None
    delay = min(FIRST_DELAY * 2 ** max(attempts - 1, 0), LONGEST_DELAY)
    return {
        "id": event_id,
        "due_at": (now + delay).isoformat(),
        "attempts": attempts,
        "last_error": refusal,
        "set_aside_at": now.isoformat() if attempts >= MOST_ATTEMPTS else None,
    }
