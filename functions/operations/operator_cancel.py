"""`POST /v1/trips/{trip_id}/operator/cancel`: an operator ends a trip without a fare, and says whose fault it is.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.kernel.wiring import seals
from rideflow.operations.trips import OperatorCancel
from rideflow.operations.wiring import trips
from rideflow.trips.views import TripView

app = rest_api()


@app.post("/v1/trips/<trip_id>/operator/cancel")
def operator_cancel(
    trip_id: UUID, request: OperatorCancel, operator: Annotated[Caller, Depends(permitted("trip:cancel:any"))]
) -> TripView:
    """Any trip that is not over. The rider pays the market's fee if it is their fault. Audited with the reason."""
    return TripView.of(trips().cancel(operator.id, trip_id, request), operator.id, seals())
