"""What Stripe's webhooks say of cards: whose a card is, and that it was detached; its face comes with the webhook."""

from __future__ import annotations

from typing import Any

from rideflow.kernel.ids import uuid_of
from rideflow.kernel.model import Message
from rideflow.kernel.observability import count
from rideflow.payments.methods.cards import SavedCards
from rideflow.payments.providers.stripe.ids import id_in


class StripeNews(Message):
    """A webhook that was verified and stored, as the event `StripeEventReceived` tells of it."""

    stripe_type: str
    object: dict[str, Any]


class CardNews:
    """Takes in what webhooks say of cards."""

    def __init__(self, saved: SavedCards) -> None:
        self._saved = saved

    def learn(self, news: StripeNews) -> None:
        """Other webhooks, and other shops' objects, say nothing here."""
        told, card_id = news.object, id_in(news.object.get("id"))
        if news.stripe_type == "setup_intent.succeeded":
            metadata, method_ref = told.get("metadata"), id_in(told.get("payment_method"))
            customer_ref = id_in(told.get("customer"))
            rider_id = uuid_of(metadata.get("rider_id")) if isinstance(metadata, dict) else None
            if rider_id and customer_ref and method_ref:
                self._saved.owned("stripe", method_ref, rider_id, customer_ref)
            else:
                count("StripeEventIgnored", why="not_ours")
        elif news.stripe_type == "payment_method.detached" and card_id:
            self._saved.detached("stripe", card_id)
