"""The sweep of stored webhooks that are not handled: their event was lost, or their handling failed.

| the webhook is                          | for longer than | then                                             |
|-----------------------------------------|-----------------|--------------------------------------------------|
| stored and not handled                  | 15 minutes      | handled                                          |
| not handled, since its handling failed  | 15 minutes      | tried again, after all others, and counted       |

A webhook that can never be handled stays in the metric `StripeEventsUnhandled`, on which there is an alarm, until an
operator deals with it; the log has the error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import logger, measure

if TYPE_CHECKING:
    from rideflow.payments.providers.stripe.store import PostgresStripeEvents
    from rideflow.payments.providers.stripe.webhooks import StripeEventHandler

HANDLED_WITHIN = timedelta(minutes=15)
"""The longest time a webhook may stay unhandled: usually it takes a second, and its queue retries for some minutes."""

_LIMIT = 200


def first_due_at(events: PostgresStripeEvents) -> datetime | None:
    """When the first of the unhandled webhooks is tried again."""
    since = events.longest_unhandled()
    return None if since is None else since + HANDLED_WITHIN


@dataclass(frozen=True, slots=True)
class UnhandledStripeEvents:
    """Handles unhandled webhooks. Runs may overlap and be repeated."""

    events: PostgresStripeEvents
    handler: StripeEventHandler
    clock: Clock
    limit: int = _LIMIT

    def sweep(self) -> dict[str, int]:
        """Run once; returns how many were handled, how many failed again, and how many are still overdue."""
        before = self.clock() - HANDLED_WITHIN
        outcomes = [self._handled(event_id) for event_id in self.events.unhandled(before, self.limit)]
        waiting = self.events.waiting(before)
        measure("StripeEventsUnhandled", waiting)
        return {"handled": outcomes.count(True), "failed": outcomes.count(False), "waiting": waiting}

    def _handled(self, event_id: str) -> bool:
        """Whether the webhook was handled. A failure does not keep the others from being handled."""
        try:
            self.handler.handle(event_id)
        except Exception:
            logger.exception("a stored webhook is not handled", extra={"stripe_event_id": event_id})
            self.events.tried(event_id, self.clock())
            return False
        return True
