"""POST /v1/trips/{trip_id}/ratings: rider and driver rate each other, once, within seven days.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.rest import IdempotencyHeader, rest_api
from rideflow.trips.rating import RateTrip
from rideflow.trips.views import RatingView
from rideflow.trips.wiring import ratings

app = rest_api()


@app.post("/v1/trips/<trip_id>/ratings", status_code=201)
def rate_trip(
    trip_id: UUID,
    request: RateTrip,
    caller: Annotated[Caller, Depends(permitted("trip:rate"))],
    idempotency_key: IdempotencyHeader,
) -> RatingView:
    key = IdempotencyKey.of(caller.id, f"rate_trip:{trip_id}", idempotency_key, request)
    return ratings().rate(caller.id, trip_id, request, key)
