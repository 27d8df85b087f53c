"""`POST /v1/locations`: the positions a driver's phone kept while it had no connection.

Needs: redis, database, realtime, supply.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.locations.views import PositionBatch, PositionBatchView
from rideflow.locations.wiring import tracking

app = rest_api()


@app.post("/v1/locations")
def record_positions(
    batch: PositionBatch, driver: Annotated[Caller, Depends(permitted("location:write"))]
) -> PositionBatchView:
    """Judge each position and apply those that are believed. Sending the same batch again changes nothing."""
    return PositionBatchView.of(batch, tracking().record(driver.id, batch.readable, batch.sent_at))
