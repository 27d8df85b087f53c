"""`POST /v1/trips/{trip_id}/operator/reassign`: an operator takes a trip from its driver; another one is looked for.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.kernel.wiring import seals
from rideflow.operations.trips import OperatorReassign
from rideflow.operations.wiring import trips
from rideflow.trips.views import TripView

app = rest_api()


@app.post("/v1/trips/<trip_id>/operator/reassign")
def operator_reassign(
    trip_id: UUID, request: OperatorReassign, operator: Annotated[Caller, Depends(permitted("trip:reassign:any"))]
) -> TripView:
    """Take the trip from its driver; possible until the rider is on board.

    The driver is not asked for the trip again. Audited with the reason.
    """
    return TripView.of(trips().reassign(operator.id, trip_id, request), operator.id, seals())
