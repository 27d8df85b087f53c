"""POST /v1/riders/me/cards: begin to add a card. The phone hands the card to Stripe, a webhook brings it to us.

Needs: stripe, payment_customers, guards.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import IdempotencyHeader, rest_api
from rideflow.payments.methods.cards import CardSetupView
from rideflow.payments.outside_vpc_wiring import card_setup

app = rest_api()


@app.post("/v1/riders/me/cards", status_code=201)
def add_card(
    rider: Annotated[Caller, Depends(permitted("card:write"))], idempotency_key: IdempotencyHeader
) -> CardSetupView:
    return card_setup().begin(rider.id, idempotency_key)
