"""GET /v1/trips/{trip_id}/receipt: the receipt of a trip.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.payments.orders.receipts import ReceiptView
from rideflow.payments.wiring import receipts
from rideflow.trips.history import READ_ANY

app = rest_api()


@app.get("/v1/trips/<trip_id>/receipt")
def get_receipt(trip_id: UUID, caller: Annotated[Caller, Depends(permitted("trip:read", READ_ANY))]) -> ReceiptView:
    return receipts().of_trip(trip_id, caller)
