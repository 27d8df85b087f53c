"""What Stripe's webhooks say of cards. An event carries ids alone, so the face of a card is read from Stripe.

| the webhook is                                     | then                                                            |
|----------------------------------------------------|-----------------------------------------------------------------|
| setup_intent.succeeded, with our metadata          | the payment method is the rider's                               |
| payment_method.attached, .updated,                 | the payment method is read from Stripe; if it is a customer's   |
|   .automatically_updated                           |   card, its face is recorded                                    |
| payment_method.detached                            | the card pays for nothing any more                              |
| any other, or about an object of another shop      | nothing                                                         |

Stripe answers with the newest state. So an event that comes late, or after a newer one, brings no older face back. Two
answers may be recorded in the wrong order; each carries the time before its request, and the older of them is refused
(`card_described.sql`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from rideflow.kernel.clock import Clock
from rideflow.kernel.ids import uuid_of
from rideflow.kernel.model import Message
from rideflow.kernel.observability import count
from rideflow.kernel.stripe_ids import id_in, word_in
from rideflow.riders.card_facts import CardFact, DescribedCard, DetachedCard, OwnedCard


class StripeNews(Message):
    """A webhook that payments has verified and stored, as its event `StripeEventReceived` tells of it."""

    stripe_type: str
    object: dict[str, Any]


class PaymentMethods(Protocol):
    """The service that keeps card numbers."""

    def payment_method(self, payment_method_id: str) -> Mapping[str, Any] | None:
        """The payment method in Stripe's form, as it is now; None if there is none of this id.

        Raises `StripeUnavailableError`.
        """
        ...


class CardRecord(Protocol):
    """Takes in the facts of cards. Raises if it is not known that the fact was recorded; a repeat is harmless."""

    def __call__(self, card: CardFact, /) -> None: ...


class CardNews:
    """Finds the facts of cards in webhooks."""

    def __init__(self, payment_methods: PaymentMethods, record: CardRecord, clock: Clock) -> None:
        self._payment_methods = payment_methods
        self._record = record
        self._clock = clock

    def learn(self, news: StripeNews) -> None:
        """Record what the webhook says of a card. Raises `StripeUnavailableError`; it is then delivered again.

        What is not about a card of a customer of ours is counted and passed over.
        """
        card_id = id_in(news.object.get("id"))
        if news.stripe_type == "setup_intent.succeeded":
            self._take(_owned(news.object) or "not_ours")
        elif news.stripe_type in _DESCRIBING:
            self._take(self._described(card_id) if card_id else "not_ours")
        elif news.stripe_type == "payment_method.detached":
            self._take(DetachedCard(payment_method_id=card_id) if card_id else "not_ours")

    def _take(self, found: CardFact | str) -> None:
        """Record the fact, or count the reason why there is none."""
        if isinstance(found, str):
            count("StripeEventIgnored", why=found)
        else:
            self._record(found)

    def _described(self, payment_method_id: str) -> DescribedCard | str:
        read_at = self._clock()
        found = self._payment_methods.payment_method(payment_method_id)
        if found is None:
            return "gone"
        card, customer_id = found.get("card"), id_in(found.get("customer"))
        if customer_id is None:
            return "no_customer"
        if not isinstance(card, dict) or not _is_described(card):
            return "no_card"
        face = {name: card.get(name) for name in ("brand", "last4", "exp_month", "exp_year", "funding")}
        told = {"payment_method_id": payment_method_id, "stripe_customer_id": customer_id, "read_at": read_at}
        return DescribedCard.model_validate(face | told)


def _owned(setup_intent: Mapping[str, Any]) -> OwnedCard | None:
    """None if the SetupIntent is another shop's."""
    metadata, payment_method_id = setup_intent.get("metadata"), id_in(setup_intent.get("payment_method"))
    customer_id = id_in(setup_intent.get("customer"))
    rider_id = uuid_of(metadata.get("rider_id")) if isinstance(metadata, dict) else None
    if not (rider_id and customer_id and payment_method_id):
        return None
    return OwnedCard(payment_method_id=payment_method_id, rider_id=rider_id, stripe_customer_id=customer_id)


def _is_described(card: dict[str, Any]) -> bool:
    """Whether it is a card that a rider can tell from their others; a bank account has no such face."""
    return (
        word_in(card.get("brand")) is not None
        and re.fullmatch("[0-9]{4}", word_in(card.get("last4")) or "") is not None
        and _is_within(card.get("exp_month"), 1, 12)
        and _is_within(card.get("exp_year"), 0, 9999)
        and (card.get("funding") is None or word_in(card["funding"]) is not None)
    )


def _is_within(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


_DESCRIBING = frozenset({"payment_method.attached", "payment_method.updated", "payment_method.automatically_updated"})
