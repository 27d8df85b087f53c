"""`POST /v1/trips/{trip_id}/operator/complete`: an operator ends a ride whose driver cannot.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.kernel.wiring import seals
from rideflow.operations.trips import OperatorComplete
from rideflow.operations.wiring import trips
from rideflow.trips.views import TripView

app = rest_api()


@app.post("/v1/trips/<trip_id>/operator/complete")
def operator_complete(
    trip_id: UUID, request: OperatorComplete, operator: Annotated[Caller, Depends(permitted("trip:complete:any"))]
) -> TripView:
    """Only a trip that is in progress; `happened_at` says when the ride ended. Audited with the reason."""
    return TripView.of(trips().complete(operator.id, trip_id, request), operator.id, seals())
