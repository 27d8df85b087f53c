"""A webhook of Stripe was stored: apply it to its orders.

Needs: database, event_bus, states.
Consumes: StripeEventReceived (rideflow.payments).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.kernel.model import Message
from rideflow.payments.wiring import stripe_event_handler


class StoredWebhook(Message):
    """The id of the stored event to handle; the event itself is read from the table."""

    stripe_event_id: str


def handle_webhook(stored: StoredWebhook) -> None:
    stripe_event_handler().handle(stored.stripe_event_id)


app = consumer(handle_webhook)
