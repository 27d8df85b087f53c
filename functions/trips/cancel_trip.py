"""POST /v1/trips/{trip_id}/cancel: the rider gives the trip up, or its driver hands it back.

Needs: database, redis, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Body

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.supply.wiring import position_history
from rideflow.trips.cancellation import CancelTrip
from rideflow.trips.views import TripView
from rideflow.trips.wiring import cancellations

app = rest_api()


@app.post("/v1/trips/<trip_id>/cancel")
def cancel_trip(
    trip_id: UUID,
    caller: Annotated[Caller, Depends(permitted("trip:cancel"))],
    request: Annotated[CancelTrip, Body()] = CancelTrip(),  # noqa: B008 - frozen
) -> TripView:
    """After the grace, a rider pays if the driver came: `cancel_verdict` says whose fault it is, `cancel_rule` why.

    A rider who does not show up pays if the driver is still at the pickup, the no-show time after the arrival was told.
    """
    return cancellations(position_history).cancel(caller.id, trip_id, request.reason)
