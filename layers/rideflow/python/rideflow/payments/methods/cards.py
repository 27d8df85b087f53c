"""A rider's cards. The phone hands a card to the provider; only the provider's webhooks tell us what came of it."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from rideflow.kernel.model import View
from rideflow.payments.providers.names import Provider


class CardSetupView(View):
    """What the phone needs to hand a card to Stripe: it confirms the SetupIntent with the client secret."""

    setup_intent_id: str
    client_secret: str
    customer_ref: str
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
    """The service that keeps card numbers. Raises `ProviderUnavailableError`."""

    def create_customer(self, rider_id: UUID) -> str: ...

    def begin_setup(self, rider_id: UUID, customer_ref: str, idempotency_key: str) -> CardSetupView: ...


class Customers(Protocol):
    """Which customer of the gateway a rider is."""

    def find(self, rider_id: UUID) -> str | None: ...

    def keep(self, rider_id: UUID, customer_ref: str) -> str:
        """Note the customer, unless one was noted before; the one that holds is returned."""
        ...


class SavedCards(Protocol):
    """Where cards are kept. Each fact about a card may come first, and again."""

    def owned(self, provider: Provider, method_ref: str, rider_id: UUID, customer_ref: str) -> None: ...

    def detached(self, provider: Provider, method_ref: str) -> None: ...

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
