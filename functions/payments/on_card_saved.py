"""What Stripe's webhooks say of cards.

Needs: database.
Consumes: StripeEventReceived (rideflow.payments).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.payments.providers.stripe.card_news import StripeNews
from rideflow.payments.wiring import card_news


def learn_of_card(news: StripeNews) -> None:
    card_news().learn(news)


app = consumer(learn_of_card)
