"""Stored webhooks whose news were lost, or whose handling failed to the end: they are handled again.

| the webhook is                          | for longer than | then                                             |
|-----------------------------------------|-----------------|--------------------------------------------------|
| stored and not handled                  | 15 minutes      | handled                                          |
| not handled, since its handling failed  | 15 minutes      | tried again, after all others, and counted       |

One that can never be handled stays in the count (`StripeEventsUnhandled`, with an alarm on more than none) until an
operator looks at it; the log says what went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import logger, measure

if TYPE_CHECKING:
    from rideflow.payments.store import PostgresStripeEvents
    from rideflow.payments.webhooks import StripeEventHandler

HANDLED_WITHIN = timedelta(minutes=15)
"""A webhook is handled within a second; its queue tries for some minutes before it gives up."""

_LIMIT = 200


@dataclass(frozen=True, slots=True)
class UnhandledStripeEvents:
    """Handles what nobody has handled; runs may overlap and be repeated."""

    events: PostgresStripeEvents
    handler: StripeEventHandler
    clock: Clock
    limit: int = _LIMIT

    def sweep(self) -> dict[str, int]:
        """Says how many were handled, how many failed again, and how many wait for longer than they should."""
        before = self.clock() - HANDLED_WITHIN
        outcomes = [self._handled(event_id) for event_id in self.events.unhandled(before, self.limit)]
        waiting = self.events.waiting(before)
        measure("StripeEventsUnhandled", waiting)
        return {"handled": outcomes.count(True), "failed": outcomes.count(False), "waiting": waiting}

    def _handled(self, event_id: str) -> bool:
        """One that fails keeps none of the others from being handled."""
        try:
            self.handler.handle(event_id)
        except Exception:
            logger.exception("a stored webhook is not handled", extra={"stripe_event_id": event_id})
            self.events.tried(event_id, self.clock())
            return False
        return True
