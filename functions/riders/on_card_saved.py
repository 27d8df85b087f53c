"""What Stripe's webhooks say of cards.

Needs: database.
Consumes: StripeEventReceived (rideflow.payments).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.riders.card_wiring import cards
from rideflow.riders.cards import StripeNews


def learn_of_card(news: StripeNews) -> None:
    cards().learn(news)


app = consumer(learn_of_card)
