"""GET /v1/scheduled-rides/{scheduled_ride_id}: a scheduled ride of the caller's; operators see any.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.history import READ_ANY
from rideflow.trips.scheduled.views import ScheduledRideView
from rideflow.trips.wiring import scheduled_rides

app = rest_api()


@app.get("/v1/scheduled-rides/<scheduled_ride_id>")
def get_scheduled_ride(
    scheduled_ride_id: UUID, caller: Annotated[Caller, Depends(permitted("trip:read", READ_ANY))]
) -> ScheduledRideView:
    return scheduled_rides().ride(caller, scheduled_ride_id)
