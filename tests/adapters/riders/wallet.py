"""A rider whose cards are kept at Stripe, with the events that payments would publish of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from rideflow.kernel.ids import uuid7
from rideflow.kernel.postgres import Database
from rideflow.payments.stripe_object_summary import summary_of
from rideflow.riders.card_facts import DescribedCard
from rideflow.riders.card_news import CardNews, StripeNews
from rideflow.riders.card_store import PostgresCards
from rideflow.riders.cards import Cards, CardView
from rideflow.riders.stripe import StripeCards
from tests.adapters.payments.stripe_at_hand import StripeAtHand


@dataclass
class Wallet:
    """The clock moves by a second with each event."""

    stripe: StripeAtHand
    database: Database
    rider_id: UUID = field(default_factory=uuid7)
    now: datetime = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.cards = Cards(PostgresCards(self.database))
        self._news = CardNews(StripeCards(self.stripe.ours), self.cards.record, lambda: self.now)

    def add(self, card: str = "pm_card_visa") -> str:
        """A card that the phone has set up at Stripe; returns the payment method's id."""
        customer = self.stripe.client.v1.customers.create({})
        setup = self.stripe.client.v1.setup_intents.create(
            {
                "customer": customer.id,
                "payment_method": card,
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "metadata": {"rider_id": str(self.rider_id)},
            }
        )
        return str(setup.payment_method)

    def renew(self, payment_method_id: str, exp_month: int, exp_year: int) -> None:
        self.stripe.client.v1.payment_methods.update(
            payment_method_id, {"card": {"exp_month": exp_month, "exp_year": exp_year}}
        )

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Stripe's events of these types, in the order in which they happened."""
        return [event for event in self.stripe.events() if event["type"] in kinds]

    def hear(self, event: dict[str, Any]) -> None:
        self.now += timedelta(seconds=1)
        self._news.learn(StripeNews(stripe_type=event["type"], object=summary_of(event["data"]["object"])))

    def listed(self) -> list[CardView]:
        return self.cards.of(self.rider_id).cards

    def face(self, read_at: datetime, exp_year: int) -> DescribedCard:
        return DescribedCard(
            payment_method_id="pm_1",
            stripe_customer_id="cus_1",
            brand="visa",
            last4="4242",
            exp_month=1,
            exp_year=exp_year,
            read_at=read_at,
        )

    def rows(self) -> list[dict[str, Any]]:
        return self.database.all("select * from rider_cards order by payment_method_id", {})
