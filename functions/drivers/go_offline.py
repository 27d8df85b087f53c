"""`POST /v1/drivers/me/offline`: take no more trips.

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


@app.post("/v1/drivers/me/offline")
def go_offline(driver: Annotated[Caller, Depends(permitted("availability:write"))]) -> DriverView:
    """Take no more trips; refused on a trip. Going offline again succeeds."""
    return driving().go_offline(driver.id)
