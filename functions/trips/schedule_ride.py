"""POST /v1/scheduled-rides: a rider books the ride of a quote for later. It becomes a trip shortly before.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.rest import IdempotencyHeader, rest_api
from rideflow.trips.scheduled.views import ScheduledRideView, ScheduleRide
from rideflow.trips.wiring import bookings

app = rest_api()


@app.post("/v1/scheduled-rides", status_code=201)
def schedule_ride(
    request: ScheduleRide,
    rider: Annotated[Caller, Depends(permitted("trip:create"))],
    idempotency_key: IdempotencyHeader,
) -> ScheduledRideView:
    """Book a ride 15 minutes to 30 days ahead (each market has its rules) at the price of a valid quote.

    The price holds until the ride is dispatched. Nothing is charged, and cancelling costs nothing, until then.
    """
    key = IdempotencyKey.of(rider.id, "schedule_ride", idempotency_key, request)
    return bookings().book(rider.id, request, key)
