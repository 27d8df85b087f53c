"""PATCH /v1/scheduled-rides/{scheduled_ride_id}: the rider goes at another time, or by another quote.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.scheduled.views import EditScheduledRide, ScheduledRideView
from rideflow.trips.wiring import bookings

app = rest_api()


@app.patch("/v1/scheduled-rides/<scheduled_ride_id>")
def edit_scheduled_ride(
    scheduled_ride_id: UUID,
    request: EditScheduledRide,
    rider: Annotated[Caller, Depends(permitted("trip:create"))],
) -> ScheduledRideView:
    """Change the time, at the same price; or, with a new quote, also the places and the product, at its price.

    Refused once the ride was dispatched, and where `version` is not the ride's: it was changed meanwhile.
    """
    return bookings().edit(rider.id, scheduled_ride_id, request)
