"""POST /v1/trips/{trip_id}/complete: the rider is where they wanted to go. The settlement starts from `TripCompleted`.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Body

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.trips.late import LateCommand
from rideflow.trips.views import TripView
from rideflow.trips.wiring import trips

app = rest_api()


@app.post("/v1/trips/<trip_id>/complete")
def complete_trip(
    trip_id: UUID,
    driver: Annotated[Caller, Depends(permitted("trip:drive"))],
    request: Annotated[LateCommand, Body()] = LateCommand(),  # noqa: B008 - frozen
) -> TripView:
    """An app that had no signal says with `happened_at` when the ride ended: path, time and fare end there."""
    return TripView.of(trips().complete(driver.id, trip_id, request.happened_at, request.sent_at), driver.id)
