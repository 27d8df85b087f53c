"""The face of a card, as a webhook describes it: kept with the rider's payment methods, and nowhere else.

Events carry ids alone, and a function that has the database cannot reach Stripe to ask for the card (ADR 41). So the
statement that stores the webhook keeps the face, too. Webhooks come late and in any order: the face of the newest
stays, by Stripe's own time of the event, which has whole seconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from rideflow.kernel.model import View
from rideflow.payments.providers.stripe.ids import id_in, word_in

_DESCRIBING = frozenset({"payment_method.attached", "payment_method.updated", "payment_method.automatically_updated"})


class CardFace(View):
    """A customer's card, and when Stripe says that it was so."""

    method_ref: str
    customer_ref: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    funding: str | None
    told_at: datetime


def face_told(type: str, stripe_object: dict[str, Any], created: object, received_at: datetime) -> CardFace | None:  # noqa: A002
    """The face that a webhook of this type tells; None if it is about no card, or about a card of no customer.

    `created` is the event's time in seconds since 1970. One that is missing, unreadable or later than `received_at`
    counts as `received_at`: a wrong time must not keep newer faces out.
    """
    if type not in _DESCRIBING:
        return None
    card_id, customer_id = id_in(stripe_object.get("id")), id_in(stripe_object.get("customer"))
    card = stripe_object.get("card")
    if card_id is None or customer_id is None or not isinstance(card, dict) or not _is_described(card):
        return None
    return CardFace(
        method_ref=card_id,
        customer_ref=customer_id,
        brand=card["brand"],
        last4=card["last4"],
        exp_month=card["exp_month"],
        exp_year=card["exp_year"],
        funding=card.get("funding"),
        told_at=_moment(created, received_at),
    )


def _is_described(card: dict[str, Any]) -> bool:
    """Whether it is a card that a rider can tell from their others; a bank account has no such face."""
    return (
        word_in(card.get("brand")) is not None
        and re.fullmatch("[0-9]{4}", word_in(card.get("last4")) or "") is not None
        and _is_within(card.get("exp_month"), 1, 12)
        and _is_within(card.get("exp_year"), 0, 9999)
        and (card.get("funding") is None or word_in(card["funding"]) is not None)
    )


def _is_within(value: object, least: int, most: float) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _moment(created: object, received_at: datetime) -> datetime:
    if isinstance(created, int) and _is_within(created, 0, received_at.timestamp()):
        return datetime.fromtimestamp(created, UTC)
    return received_at
