"""`POST /v1/drivers/{driver_id}/verify`: an operator found the driver's papers in order.

Needs: database, event_bus.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.api import DriverView
from rideflow.drivers.wiring import verifying
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/drivers/<driver_id>/verify")
def verify_driver(driver_id: UUID, operator: Annotated[Caller, Depends(permitted("driver:verify"))]) -> DriverView:
    """Let the driver go online; verifying again succeeds. Audited."""
    return verifying().verify(driver_id, operator.id)
