"""The objects that set cards up at Stripe, outside the VPC; built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.settings import PaymentCustomersSettings
from rideflow.kernel.stripe import stripe
from rideflow.riders.cards import CardSetup
from rideflow.riders.customers import DynamoCustomers
from rideflow.riders.stripe import StripeCards


@cache
def card_setup() -> CardSetup:
    return CardSetup(StripeCards(stripe()), DynamoCustomers(PaymentCustomersSettings.from_environment().table))
