"""The objects of riders' cards, built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.postgres import database
from rideflow.kernel.settings import PaymentCustomersSettings
from rideflow.kernel.stripe import stripe
from rideflow.riders.card_store import DynamoCustomers, PostgresCards
from rideflow.riders.cards import Cards, CardSetup
from rideflow.riders.stripe import StripeCards


@cache
def card_setup() -> CardSetup:
    return CardSetup(StripeCards(stripe()), DynamoCustomers(PaymentCustomersSettings.from_environment().table))


@cache
def cards() -> Cards:
    return Cards(PostgresCards(database()))
