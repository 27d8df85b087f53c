"""`GET /v1/locations/queue`: where the driver stands in an airport's queue.

Needs: redis.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.supply.views import PlaceInQueueView
from rideflow.supply.wiring import queues

app = rest_api()


@app.get("/v1/locations/queue")
def place_in_queue(driver: Annotated[Caller, Depends(permitted("location:write"))]) -> PlaceInQueueView:
    """The driver's place, and how many of the same class stand there; 404 `not_in_queue` elsewhere."""
    return PlaceInQueueView.of(queues().place_of(driver.id))
