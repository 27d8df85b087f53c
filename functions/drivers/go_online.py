"""`POST /v1/drivers/me/online`: take trips from now on.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.api import DriverView, GoOnline
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/drivers/me/online")
def go_online(request: GoOnline, driver: Annotated[Caller, Depends(permitted("availability:write"))]) -> DriverView:
    """Take trips in one of my vehicles; going online again succeeds."""
    return driving().go_online(driver.id, request)
