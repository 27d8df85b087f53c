"""`PUT /v1/drivers/me/destination`: take only trips that lead there.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.destination import DestinationView, PutDestination
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.put("/v1/drivers/me/destination")
def set_destination(
    request: PutDestination, driver: Annotated[Caller, Depends(permitted("availability:write"))]
) -> DestinationView:
    """Take only trips that lead me there, at most twice a day; setting the same again succeeds."""
    return driving().set_destination(driver.id, request)
