"""Customers and SetupIntents at Stripe."""

from __future__ import annotations

from uuid import UUID

from rideflow.kernel.stripe import Stripe, StripeUnavailableError, stripe_errors
from rideflow.riders.cards import CardSetupView


class StripeCards:
    """Card numbers stay with Stripe; `off_session` lets us charge the card when its holder is on the road."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    def create_customer(self, rider_id: UUID) -> str:
        """One customer per rider: two requests at once carry the same idempotency key."""
        with stripe_errors():
            customer = self._stripe.client().v1.customers.create(
                {"metadata": {"rider_id": str(rider_id)}}, {"idempotency_key": f"customer-{rider_id}"}
            )
        return customer.id

    def begin_setup(self, rider_id: UUID, stripe_customer_id: str, idempotency_key: str) -> CardSetupView:
        with stripe_errors():
            intent = self._stripe.client().v1.setup_intents.create(
                {
                    "customer": stripe_customer_id,
                    "usage": "off_session",
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": {"rider_id": str(rider_id)},
                },
                {"idempotency_key": f"card-{rider_id}-{idempotency_key}"},
            )
        if intent.client_secret is None:
            raise StripeUnavailableError("The payment provider gave no secret; please try again.")
        return CardSetupView(
            setup_intent_id=intent.id,
            client_secret=intent.client_secret,
            stripe_customer_id=stripe_customer_id,
            publishable_key=self._stripe.publishable_key,
        )
