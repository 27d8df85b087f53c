"""POST /v1/quotes: a price for a ride, honoured for two minutes.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.rest import IdempotencyHeader, rest_api
from rideflow.pricing.service import QuoteView, RequestQuote
from rideflow.pricing.wiring import pricing

app = rest_api()


@app.post("/v1/quotes", status_code=201)
def request_quote(
    request: RequestQuote,
    rider: Annotated[Caller, Depends(permitted("quote:create"))],
    idempotency_key: IdempotencyHeader,
) -> QuoteView:
    key = IdempotencyKey.of(rider.id, "request_quote", idempotency_key, request)
    return pricing().quote(rider.id, request, key)
