"""riders: profiles and stored cards."""

from __future__ import annotations

from infra.constructs.consumer import events_of
from infra.constructs.context import Context
from infra.constructs.function import Limits
from infra.contexts.cloud import Cloud


def declare(context: Context, cloud: Cloud) -> None:
    context.rest("GET /v1/riders/me", "get_profile", cloud.database)
    context.rest("PUT /v1/riders/me", "put_profile", cloud.database)
    # Stripe may take long; API Gateway gives up after 29 seconds.
    stripe = (cloud.stripe, cloud.payment_customers, cloud.guards)
    context.rest("POST /v1/riders/me/cards", "add_card", *stripe, limits=Limits(timeout_s=28))
    context.rest("GET /v1/riders/me/cards", "list_cards", cloud.database)
    context.consumer("on_user_registered", events_of("identity", "UserRegistered"), cloud.database, cloud.person_keys)
    context.consumer("on_card_saved", events_of("payments", "StripeEventReceived"), cloud.database)
