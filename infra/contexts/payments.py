"""payments: cards, holds and captures, Stripe's webhooks, the settle saga.

Functions that call Stripe have no database, and run outside the VPC.
"""

from __future__ import annotations

import aws_cdk as cdk

from infra.capabilities import MatchSaga, SagaAnswers, SettleSaga
from infra.constructs.consumer import events_of
from infra.constructs.context import AWAITED, Context
from infra.constructs.function import Limits
from infra.constructs.queue import ONE_BY_ONE
from infra.contexts.cloud import Cloud
from rideflow.payments.sagas.holds_sweep import LASTS_S

_HOLDING = ("prepare_hold", "record_hold", "reject_hold")
_BOOKKEEPING = (
    "record_settlement",
    "record_payment_failure",
    "record_release",
)
_AT_STRIPE = ("place_hold", "conclude_hold", "capture_payment", "release_hold")
_SETTLING = (
    "prepare_settlement",
    "capture_payment",
    "record_settlement",
    "record_payment_failure",
    "release_hold",
    "record_release",
)

STRIPE = Limits(timeout_s=50)
"""Stripe may take long, and its library retries; a saga step's own timeout is a minute."""
SWEEPING = Limits(timeout_s=LASTS_S + STRIPE.timeout_s)


def declare(context: Context, cloud: Cloud) -> None:
    changes = (cloud.database, cloud.bus)
    moving_trips = (cloud.database, cloud.bus.of("payments", "trips"))
    payers_word = SagaAnswers(MatchSaga.named(cdk.Stack.of(context.scope), context.stage, "match_trip"))
    for step in _HOLDING:
        context.function(step, *moving_trips, limits=AWAITED)
    for step in _BOOKKEEPING:
        context.function(step, *moving_trips)
    context.function("ask_payer", cloud.database, cloud.realtime, payers_word)
    context.function("prepare_settlement", *moving_trips, cloud.person_keys)
    for step in _AT_STRIPE:
        context.function(step, cloud.stripe, limits=STRIPE)
    # Stripe may take long; API Gateway gives up after 29 seconds.
    stripe = (cloud.stripe, cloud.payment_customers, cloud.guards)
    context.rest("POST /v1/riders/me/cards", "add_card", *stripe, limits=Limits(timeout_s=28))
    context.rest("GET /v1/riders/me/cards", "list_cards", cloud.database)
    context.rest("GET /v1/trips/{trip_id}/receipt", "get_receipt", cloud.database)
    context.rest("POST /v1/webhooks/stripe", "receive_stripe_webhook", *changes, cloud.stripe.verifying(), public=True)
    context.consumer("on_stripe_event", events_of("payments", "StripeEventReceived"), *moving_trips, payers_word)
    context.consumer("on_card_saved", events_of("payments", "StripeEventReceived"), cloud.database)
    # A release may take most of the function's time: a batch would come again as a whole because of one that is slow.
    orphaned = events_of("payments", "HoldOrphaned")
    context.consumer("on_hold_orphaned", orphaned, cloud.stripe, limits=STRIPE, batch=ONE_BY_ONE)
    reading = (cloud.stripe, cloud.bus, cloud.guards)
    context.scheduled("sweep_holds", cdk.Duration.minutes(5), *reading, limits=SWEEPING)
    context.consumer("on_hold_found", events_of("payments", "HoldFound"), *changes)
    context.scheduled("sweep_orders", cdk.Duration.minutes(10), *changes)
    context.scheduled("sweep_stripe_events", cdk.Duration.minutes(5), *moving_trips, payers_word)
    _settle_saga(context)


def _settle_saga(context: Context) -> None:
    context.workflow("settle_trip", {"payments": _SETTLING, "locations": ["measure_path"]})
    saga = SettleSaga.named(cdk.Stack.of(context.scope), context.stage, "settle_trip")
    ended = events_of("trips", "TripCompleted", "TripCancelled", "NoDriverFound")
    context.consumer("on_trip_ended", ended, saga)
    context.consumer("on_settlement_overdue", events_of("payments", "SettlementOverdue"), saga)
