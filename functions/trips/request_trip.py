"""POST /v1/trips: a rider requests the ride of a quote. Matching starts from `TripRequested`.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.rest import IdempotencyHeader, rest_api
from rideflow.trips.requesting import RequestTrip
from rideflow.trips.views import TripView
from rideflow.trips.wiring import trip_requests

app = rest_api()


@app.post("/v1/trips", status_code=202)
def request_trip(
    request: RequestTrip,
    rider: Annotated[Caller, Depends(permitted("trip:create"))],
    idempotency_key: IdempotencyHeader,
) -> TripView:
    key = IdempotencyKey.of(rider.id, "request_trip", idempotency_key, request)
    return trip_requests().request(rider.id, request, key)
