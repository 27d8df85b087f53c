"""POST /v1/trips/{trip_id}/start: the rider is on board, which their PIN proves.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.boarding import StartTrip
from rideflow.trips.views import TripView
from rideflow.trips.wiring import trips

app = rest_api()


@app.post("/v1/trips/<trip_id>/start")
def start_trip(
    trip_id: UUID,
    request: StartTrip,
    driver: Annotated[Caller, Depends(permitted("trip:drive"))],
) -> TripView:
    """Five wrong PINs lock the trip for five minutes. `happened_at` says when it was, if that is told late."""
    trip = trips().start(driver.id, trip_id, request.pin, request.happened_at, request.sent_at)
    return TripView.of(trip, driver.id)
