"""POST /v1/webhooks/stripe: store a webhook that Stripe signed, and acknowledge it. Never calls Stripe.

Needs: database, event_bus, stripe.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header

from rideflow.kernel.rest import MAX_PROVIDER_BODY_BYTES, rest_api
from rideflow.payments.providers.stripe.webhooks import Acknowledged
from rideflow.payments.wiring import webhooks

app = rest_api(MAX_PROVIDER_BODY_BYTES)


@app.post("/v1/webhooks/stripe")
def receive_stripe_webhook(
    stripe_signature: Annotated[str | None, Header(alias="Stripe-Signature")] = None,
) -> Acknowledged:
    """The signature covers the body as it was sent, so it is verified before the body is parsed."""
    return webhooks().receive(app.current_event.body or "", stripe_signature)
