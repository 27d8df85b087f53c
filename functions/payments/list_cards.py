"""GET /v1/riders/me/cards: the cards that Stripe has confirmed.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.payments.methods.cards import CardsView
from rideflow.payments.wiring import cards

app = rest_api()


@app.get("/v1/riders/me/cards")
def list_cards(rider: Annotated[Caller, Depends(permitted("card:write"))]) -> CardsView:
    return cards().of(rider.id)
