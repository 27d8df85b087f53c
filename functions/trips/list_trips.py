"""GET /v1/trips: the caller's trips, as rider and as driver, newest first.

Needs: database, person_keys.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.views import TripPage
from rideflow.trips.wiring import history

app = rest_api()


@app.get("/v1/trips")
def list_trips(
    caller: Annotated[Caller, Depends(permitted("trip:read"))],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
) -> TripPage:
    return history().page(caller.id, limit, cursor)
