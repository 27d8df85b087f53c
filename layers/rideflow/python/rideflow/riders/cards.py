"""A rider's cards: set up at Stripe by the phone, recorded as Stripe tells of them, and listed."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.kernel.model import View
from rideflow.riders.card_facts import CardFact, DescribedCard, DetachedCard, OwnedCard


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

    def owned(self, card: OwnedCard) -> None: ...

    def described(self, card: DescribedCard) -> None:
        """Take in the face, unless a newer answer of Stripe has been recorded."""
        ...

    def detached(self, card: DetachedCard) -> None: ...

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

    def record(self, card: CardFact) -> None:
        """Take in one fact of a card."""
        match card:
            case OwnedCard():
                self._saved.owned(card)
            case DescribedCard():
                self._saved.described(card)
            case DetachedCard():
                self._saved.detached(card)
