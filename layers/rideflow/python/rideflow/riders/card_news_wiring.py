"""The objects that read cards at Stripe, outside the VPC; built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.invoking import Function
from rideflow.kernel.settings import CardRecordSettings
from rideflow.kernel.stripe import stripe
from rideflow.riders.card_news import CardNews
from rideflow.riders.card_record import InvokedCardRecord
from rideflow.riders.stripe import StripeCards


@cache
def card_news() -> CardNews:
    record = InvokedCardRecord(Function(CardRecordSettings.from_environment().function_name))
    return CardNews(StripeCards(stripe()), record, utc_now)
