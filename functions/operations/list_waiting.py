"""`GET /v1/zones/{zone_id}/waiting`: the trips that wait for a driver, as an operator who dispatches them needs them.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.operations.wiring import zones
from rideflow.operations.zones import WaitingTripsView

app = rest_api()


@app.get("/v1/zones/<zone_id>/waiting")
def list_waiting(
    zone_id: str,
    _operator: Annotated[Caller, Depends(permitted("zone:read"))],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WaitingTripsView:
    """The longest waiting first."""
    return WaitingTripsView(trips=zones().waiting(zone_id, limit))
