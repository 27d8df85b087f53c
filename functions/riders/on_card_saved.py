"""What Stripe's webhooks say of cards. Reads the face of a card from Stripe. Outside the VPC.

Needs: stripe, card_record.
Consumes: StripeEventReceived (rideflow.payments).
"""

from __future__ import annotations

from rideflow.kernel.consumer import consumer
from rideflow.riders.card_news import StripeNews
from rideflow.riders.card_news_wiring import card_news


def learn_of_card(news: StripeNews) -> None:
    card_news().learn(news)


app = consumer(learn_of_card)
