"""POST /v1/trips/{trip_id}/arrive: the driver is at the pickup, which their phone's position proves.

Needs: database, redis, event_bus.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Body

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.supply.wiring import position_history
from rideflow.trips.late import LateCommand
from rideflow.trips.views import TripView
from rideflow.trips.wiring import trips_with_positions

app = rest_api()


@app.post("/v1/trips/<trip_id>/arrive")
def arrive_at_pickup(
    trip_id: UUID,
    driver: Annotated[Caller, Depends(permitted("trip:drive"))],
    request: Annotated[LateCommand, Body()] = LateCommand(),  # noqa: B008 - frozen
) -> TripView:
    """Believed within 100 m of the pickup by the last position (markets have rules); else refused with the distance.

    An app without a signal says with `happened_at` when it was there, after the positions of that time.
    """
    trip = trips_with_positions(position_history).arrive(driver.id, trip_id, request.happened_at, request.sent_at)
    return TripView.of(trip, driver.id)
