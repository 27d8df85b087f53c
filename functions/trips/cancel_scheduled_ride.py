"""POST /v1/scheduled-rides/{scheduled_ride_id}/cancel: the rider does not go; free until the ride is dispatched.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.scheduled.views import ScheduledRideView
from rideflow.trips.wiring import bookings

app = rest_api()


@app.post("/v1/scheduled-rides/<scheduled_ride_id>/cancel")
def cancel_scheduled_ride(
    scheduled_ride_id: UUID, rider: Annotated[Caller, Depends(permitted("trip:cancel"))]
) -> ScheduledRideView:
    return bookings().cancel(rider.id, scheduled_ride_id)
