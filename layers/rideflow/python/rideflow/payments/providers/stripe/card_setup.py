"""Customers and SetupIntents at Stripe."""

from __future__ import annotations

from uuid import UUID

from rideflow.payments.methods.cards import CardSetupView
from rideflow.payments.providers.errors import ProviderUnavailableError
from rideflow.payments.providers.stripe.client import Stripe, stripe_errors


class StripeCards:
    """Card numbers stay with Stripe. A card is set up for later charges, at which its holder may be on the road."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    def create_customer(self, rider_id: UUID) -> str:
        """One customer per rider: two requests at once carry the same idempotency key."""
        with stripe_errors():
            customer = self._stripe.client().v1.customers.create(
                {"metadata": {"rider_id": str(rider_id)}}, {"idempotency_key": f"customer-{rider_id}"}
            )
        return customer.id

    def begin_setup(self, rider_id: UUID, customer_ref: str, idempotency_key: str) -> CardSetupView:
        with stripe_errors():
            intent = self._stripe.client().v1.setup_intents.create(
                {
                    "customer": customer_ref,
                    "usage": "off_session",
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "metadata": {"rider_id": str(rider_id)},
                },
                {"idempotency_key": f"card-{rider_id}-{idempotency_key}"},
            )
        if intent.client_secret is None:
            raise ProviderUnavailableError("The payment provider gave no secret; please try again.")
        return CardSetupView(
            setup_intent_id=intent.id,
            client_secret=intent.client_secret,
            customer_ref=customer_ref,
            publishable_key=self._stripe.publishable_key,
        )
