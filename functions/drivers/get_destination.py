"""`GET /v1/drivers/me/destination`: where the driver is heading.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.destination import DestinationView
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.get("/v1/drivers/me/destination")
def get_destination(driver: Annotated[Caller, Depends(permitted("availability:write"))]) -> DestinationView:
    """Where I am heading."""
    return driving().destination(driver.id)
