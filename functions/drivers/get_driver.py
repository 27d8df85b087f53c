"""`GET /v1/drivers/me`: the calling driver.

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


@app.get("/v1/drivers/me")
def get_driver(driver: Annotated[Caller, Depends(permitted("driver:write"))]) -> DriverView:
    """My registration, vehicles, availability and rating."""
    return driving().get(driver.id)
