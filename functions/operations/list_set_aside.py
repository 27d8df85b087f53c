"""`GET /v1/outbox`: events that the bus would not take.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.operations.set_aside import OutboxView
from rideflow.operations.wiring import set_aside

app = rest_api()


@app.get("/v1/outbox")
def list_set_aside(
    _operator: Annotated[Caller, Depends(permitted("outbox:read"))],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OutboxView:
    """The events that the bus refused too often to be tried again, the oldest first, with the bus's own reasons."""
    return set_aside().all(limit)
