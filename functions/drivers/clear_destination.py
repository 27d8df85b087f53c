"""`DELETE /v1/drivers/me/destination`: take all trips again.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.api import DriverView
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.delete("/v1/drivers/me/destination")
def clear_destination(driver: Annotated[Caller, Depends(permitted("availability:write"))]) -> DriverView:
    """Take all trips again; doing so twice succeeds."""
    return driving().clear_destination(driver.id)
