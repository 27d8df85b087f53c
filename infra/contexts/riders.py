"""riders: profiles and stored cards."""

from __future__ import annotations

from infra.capabilities import CardRecord
from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.constructs.queue import ONE_BY_ONE
from infra.contexts.cloud import Cloud

_AT_STRIPE = Limits(timeout_s=50)
"""Stripe may take long, and its library retries; then the card is recorded."""


def declare(context: Context, cloud: Cloud) -> None:
    context.rest("GET /v1/riders/me", "get_profile", cloud.database)
    context.rest("PUT /v1/riders/me", "put_profile", cloud.database)
    # Stripe may take long; API Gateway gives up after 29 seconds.
    stripe = (cloud.stripe, cloud.payment_customers, cloud.guards)
    context.rest("POST /v1/riders/me/cards", "add_card", *stripe, limits=Limits(timeout_s=28))
    context.rest("GET /v1/riders/me/cards", "list_cards", cloud.database)
    context.consumer("on_user_registered", events_of("identity", "UserRegistered"), cloud.database)
    record = CardRecord.by(context.function("record_card", cloud.database))
    # Stripe may take most of the function's time: a batch would come again as a whole because of one that is slow.
    told = events_of("payments", "StripeEventReceived")
    context.consumer("on_card_saved", told, cloud.stripe, record, limits=_AT_STRIPE, batch=ONE_BY_ONE)
