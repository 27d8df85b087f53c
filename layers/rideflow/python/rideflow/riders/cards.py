"""A rider's cards. The phone hands the card to Stripe; only Stripe's webhooks tell us what came of it."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from rideflow.kernel.ids import uuid_of
from rideflow.kernel.model import Message, View
from rideflow.kernel.observability import count
from rideflow.kernel.stripe_ids import id_in


class CardSetupView(View):
    """What the phone needs to hand a card to Stripe: it confirms the SetupIntent with the client secret."""

    setup_intent_id: str
    client_secret: str
    stripe_customer_id: str
    publishable_key: str | None


class CardView(View):
    """A saved card. The default one pays for trips."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    is_default: bool


class CardsView(View):
    """All cards of a rider, the first saved first."""

    cards: list[CardView]


class StripeNews(Message):
    """A webhook that payments has verified and stored, as its event `StripeEventReceived` tells of it."""

    stripe_type: str
    object: dict[str, Any]


class CardGateway(Protocol):
    """The service that keeps card numbers. Raises `StripeUnavailableError`."""

    def create_customer(self, rider_id: UUID) -> str: ...

    def begin_setup(self, rider_id: UUID, stripe_customer_id: str, idempotency_key: str) -> CardSetupView: ...


class Customers(Protocol):
    """Which customer of the gateway a rider is."""

    def find(self, rider_id: UUID) -> str | None: ...

    def keep(self, rider_id: UUID, stripe_customer_id: str) -> str:
        """Note the customer, unless one was noted before; the one that holds is returned."""
        ...


class SavedCards(Protocol):
    """Where cards are kept. Each fact about a card may come first, and again."""

    def owned(self, payment_method_id: str, rider_id: UUID, stripe_customer_id: str) -> None: ...

    def detached(self, payment_method_id: str) -> None: ...

    def of(self, rider_id: UUID) -> list[CardView]: ...


class CardSetup:
    """Lets a phone add a card."""

    def __init__(self, gateway: CardGateway, customers: Customers) -> None:
        self._gateway = gateway
        self._customers = customers

    def begin(self, rider_id: UUID, idempotency_key: str) -> CardSetupView:
        """A SetupIntent of the rider's customer. The same key gives the same SetupIntent."""
        customer_id = self._customers.find(rider_id)
        if customer_id is None:
            customer_id = self._customers.keep(rider_id, self._gateway.create_customer(rider_id))
        return self._gateway.begin_setup(rider_id, customer_id, idempotency_key)


class Cards:
    """Knows the cards that riders have saved."""

    def __init__(self, saved: SavedCards) -> None:
        self._saved = saved

    def of(self, rider_id: UUID) -> CardsView:
        return CardsView(cards=self._saved.of(rider_id))

    def learn(self, news: StripeNews) -> None:
        """Take in whose a card is, and that it was detached; its face comes with the webhook itself.

        Other webhooks, and other shops' objects, say nothing here.
        """
        told, card_id = news.object, id_in(news.object.get("id"))
        if news.stripe_type == "setup_intent.succeeded":
            metadata, payment_method_id = told.get("metadata"), id_in(told.get("payment_method"))
            customer_id = id_in(told.get("customer"))
            rider_id = uuid_of(metadata.get("rider_id")) if isinstance(metadata, dict) else None
            if rider_id and customer_id and payment_method_id:
                self._saved.owned(payment_method_id, rider_id, customer_id)
            else:
                count("StripeEventIgnored", why="not_ours")
        elif news.stripe_type == "payment_method.detached" and card_id:
            self._saved.detached(card_id)
