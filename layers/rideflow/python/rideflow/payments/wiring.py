"""Payments' objects for functions in the VPC. Each is built once per execution environment, and imported when built."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rideflow.kernel.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from rideflow.kernel.postgres import Database
    from rideflow.payments.methods.cards import Cards
    from rideflow.payments.methods.store import PostgresMethods
    from rideflow.payments.orders.overdue import OverdueOrders
    from rideflow.payments.orders.payer_actions import PostgresPayerActions
    from rideflow.payments.orders.receipts import Receipts
    from rideflow.payments.orders.store import PostgresOrders
    from rideflow.payments.orders.trip_listener import TripListener
    from rideflow.payments.providers.stripe.card_news import CardNews
    from rideflow.payments.providers.stripe.store import PostgresStripeEvents
    from rideflow.payments.providers.stripe.unhandled import UnhandledStripeEvents
    from rideflow.payments.providers.stripe.webhooks import StripeEventHandler, Webhooks
    from rideflow.payments.sagas.authorization import Authorization
    from rideflow.payments.sagas.found_holds import FoundHolds
    from rideflow.payments.sagas.outcomes import Outcomes
    from rideflow.payments.sagas.payer import PayerConfirmation
    from rideflow.payments.sagas.settlement import Settlement


@cache
def authorization() -> Authorization:
    from rideflow.kernel.outbox import outbox
    from rideflow.ledger.wiring import ledger
    from rideflow.markets.wiring import markets
    from rideflow.payments.sagas.authorization import Authorization

    return Authorization(
        _orders(),
        _payer_actions(),
        _methods(),
        ledger(),
        _trip_listener(),
        outbox=outbox(),
        markets=markets(),
        clock=utc_now,
    )


@cache
def payer_confirmation() -> PayerConfirmation:
    from rideflow.kernel.executions import answer_saga
    from rideflow.payments.sagas.payer import PayerConfirmation
    from rideflow.realtime.wiring import realtime

    return PayerConfirmation(_orders(), _payer_actions(), realtime(), answer_saga, utc_now)


@cache
def settlement() -> Settlement:
    from rideflow.kernel.outbox import outbox
    from rideflow.payments.sagas.settlement import Settlement
    from rideflow.pricing.wiring import pricing

    return Settlement(_orders(), _outcomes(), _trip_listener(), pricing(), outbox=outbox(), clock=utc_now)


@cache
def webhooks() -> Webhooks:
    from rideflow.kernel.outbox import outbox
    from rideflow.payments.providers.stripe.client import stripe_secrets
    from rideflow.payments.providers.stripe.webhooks import Webhooks

    return Webhooks(_stripe_events(), stripe_secrets(), outbox(), utc_now)


@cache
def stripe_event_handler() -> StripeEventHandler:
    from rideflow.kernel.executions import answer_saga
    from rideflow.kernel.outbox import outbox
    from rideflow.payments.providers.stripe.webhooks import StripeEventHandler

    return StripeEventHandler(
        _stripe_events(),
        _orders(),
        _payer_actions(),
        _outcomes(),
        answer_saga,
        found=found_holds(),
        outbox=outbox(),
        clock=utc_now,
    )


@cache
def overdue_orders() -> OverdueOrders:
    from rideflow.kernel.outbox import outbox
    from rideflow.payments.orders.overdue import OverdueOrders

    return OverdueOrders(_orders(), outbox(), utc_now)


@cache
def unhandled_stripe_events() -> UnhandledStripeEvents:
    from rideflow.payments.providers.stripe.unhandled import UnhandledStripeEvents

    return UnhandledStripeEvents(_stripe_events(), stripe_event_handler(), utc_now)


def orders_due_at(look: Database) -> datetime | None:
    from rideflow.payments.orders.overdue import first_overdue_at
    from rideflow.payments.orders.store import PostgresOrders

    return first_overdue_at(PostgresOrders(look), utc_now())


def stripe_events_due_at(look: Database) -> datetime | None:
    from rideflow.payments.providers.stripe.store import PostgresStripeEvents
    from rideflow.payments.providers.stripe.unhandled import first_due_at

    return first_due_at(PostgresStripeEvents(look))


@cache
def receipts() -> Receipts:
    from rideflow.payments.orders.receipts import Receipts

    return Receipts(_orders())


@cache
def found_holds() -> FoundHolds:
    from rideflow.kernel.outbox import outbox
    from rideflow.payments.sagas.found_holds import FoundHolds

    return FoundHolds(_orders(), outbox(), utc_now)


@cache
def _outcomes() -> Outcomes:
    from rideflow.kernel.outbox import outbox
    from rideflow.ledger.wiring import ledger
    from rideflow.payments.sagas.outcomes import Outcomes

    return Outcomes(_orders(), ledger(), _trip_listener(), outbox=outbox(), clock=utc_now)


@cache
def _trip_listener() -> TripListener:
    from rideflow.payments.orders.trip_listener import TripListener
    from rideflow.trips.wiring import trips

    return TripListener(trips())


@cache
def _orders() -> PostgresOrders:
    from rideflow.kernel.postgres import database
    from rideflow.payments.orders.store import PostgresOrders

    return PostgresOrders(database())


@cache
def _payer_actions() -> PostgresPayerActions:
    from rideflow.kernel.postgres import database
    from rideflow.payments.orders.payer_actions import PostgresPayerActions

    return PostgresPayerActions(database())


@cache
def cards() -> Cards:
    from rideflow.payments.methods.cards import Cards

    return Cards(_methods())


@cache
def card_news() -> CardNews:
    from rideflow.payments.providers.stripe.card_news import CardNews

    return CardNews(_methods())


@cache
def _methods() -> PostgresMethods:
    from rideflow.kernel.postgres import database
    from rideflow.payments.methods.store import PostgresMethods

    return PostgresMethods(database())


@cache
def _stripe_events() -> PostgresStripeEvents:
    from rideflow.kernel.postgres import database
    from rideflow.payments.providers.stripe.store import PostgresStripeEvents

    return PostgresStripeEvents(database())
