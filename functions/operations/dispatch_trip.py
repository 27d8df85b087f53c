"""`POST /v1/trips/{trip_id}/dispatch`: an operator has a waiting trip offered to a driver of their choice.

Needs: database, redis, event_bus, realtime, dispatch, person_keys.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import IdempotencyHeader, rest_api
from rideflow.operations.offers import DispatchTrip, DispatchView
from rideflow.operations.wiring import offers

app = rest_api()


@app.post("/v1/trips/<trip_id>/dispatch", status_code=201)
def dispatch_trip(
    trip_id: UUID,
    request: DispatchTrip,
    operator: Annotated[Caller, Depends(permitted("trip:dispatch"))],
    idempotency_key: IdempotencyHeader,
) -> DispatchView:
    """Offer the trip to this driver, however far away, beside the offers that matching makes. The first accept wins.

    Refused with the reason in `code` when the trip does not wait or the driver cannot be asked; all of it is audited.
    """
    return offers().offer(operator.id, trip_id, request, idempotency_key)
