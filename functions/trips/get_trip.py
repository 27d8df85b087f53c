"""GET /v1/trips/{trip_id}: a trip of the caller's; operators see any.

Needs: database, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.history import READ_ANY
from rideflow.trips.views import TripView
from rideflow.trips.wiring import history

app = rest_api()


@app.get("/v1/trips/<trip_id>")
def get_trip(trip_id: UUID, caller: Annotated[Caller, Depends(permitted("trip:read", READ_ANY))]) -> TripView:
    return history().trip(caller, trip_id)
