"""`PUT /v1/drivers/me/preferences`: what the driver takes.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.api import DriverView, PutPreferences
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.put("/v1/drivers/me/preferences")
def put_preferences(
    request: PutPreferences, driver: Annotated[Caller, Depends(permitted("availability:write"))]
) -> DriverView:
    """Take only rides that are paid so, and rides of cheaper products if wished."""
    return driving().put_preferences(driver.id, request)
