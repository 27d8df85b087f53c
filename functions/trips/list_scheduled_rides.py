"""GET /v1/scheduled-rides: the caller's scheduled rides, the last booked first.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.scheduled.model import RideState
from rideflow.trips.scheduled.views import ScheduledRidePage
from rideflow.trips.wiring import scheduled_rides

app = rest_api()


@app.get("/v1/scheduled-rides")
def list_scheduled_rides(
    caller: Annotated[Caller, Depends(permitted("trip:read"))],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
    state: Annotated[RideState | None, Query(description="Only rides in this state; all of them without it")] = None,
) -> ScheduledRidePage:
    return scheduled_rides().page(caller.id, state, limit, cursor)
