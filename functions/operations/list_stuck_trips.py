"""`GET /v1/trips/stuck`: the trips that need an operator, and why.

Needs: database, person_keys.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.kernel.wiring import seals
from rideflow.operations.trips import StuckTripPage
from rideflow.operations.wiring import stuck_trips
from rideflow.trips.history import READ_ANY

app = rest_api()


@app.get("/v1/trips/stuck")
def list_stuck_trips(
    _operator: Annotated[Caller, Depends(permitted(READ_ANY))],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
) -> StuckTripPage:
    """A driver who is silent with the rider, a trip that takes half a day, money that no saga settles."""
    return StuckTripPage.of(stuck_trips().stuck(limit, cursor), seals())
