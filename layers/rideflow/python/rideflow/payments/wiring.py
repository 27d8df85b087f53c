"""Payments' objects in the VPC, which use the database; built once per execution environment."""

from __future__ import annotations

from functools import cache

from rideflow.kernel.clock import utc_now
from rideflow.kernel.outbox import outbox
from rideflow.kernel.postgres import database
from rideflow.kernel.stripe import stripe_secrets
from rideflow.payments.holding import Holding
from rideflow.payments.receipts import Receipts
from rideflow.payments.settling import Settling
from rideflow.payments.store import PostgresOrders, PostgresStripeEvents
from rideflow.payments.webhooks import StripeEventHandler, Webhooks
from rideflow.pricing.wiring import pricing
from rideflow.trips.wiring import trips


@cache
def holding() -> Holding:
    return Holding(PostgresOrders(database()), trips(), outbox(), utc_now)


@cache
def settling() -> Settling:
    return Settling(PostgresOrders(database()), trips(), pricing(), outbox(), utc_now)


@cache
def webhooks() -> Webhooks:
    secrets = stripe_secrets()
    return Webhooks(PostgresStripeEvents(database()), lambda: secrets.current().webhook_secret, outbox(), utc_now)


@cache
def stripe_event_handler() -> StripeEventHandler:
    orders, events = PostgresOrders(database()), PostgresStripeEvents(database())
    return StripeEventHandler(events, orders, settling(), outbox(), utc_now)


@cache
def receipts() -> Receipts:
    return Receipts(PostgresOrders(database()))
