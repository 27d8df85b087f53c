"""Handles stored webhooks that are still unhandled.

Needs: database, event_bus, states.
Runs: every five minutes.
"""

from __future__ import annotations

from rideflow.kernel.consumer import scheduled
from rideflow.payments.wiring import stripe_events_due_at, unhandled_stripe_events


def sweep_stripe_events() -> dict[str, int]:
    return unhandled_stripe_events().sweep()


app = scheduled(sweep_stripe_events, ahead=stripe_events_due_at)
