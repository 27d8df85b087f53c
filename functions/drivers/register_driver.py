"""`POST /v1/drivers/me`: register as a driver.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.api import DriverView, RegisterDriver
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.rest import IdempotencyHeader, rest_api

app = rest_api()


@app.post("/v1/drivers/me", status_code=201)
def register_driver(
    request: RegisterDriver,
    driver: Annotated[Caller, Depends(permitted("driver:write"))],
    idempotency_key: IdempotencyHeader,
) -> DriverView:
    """Register as a driver; an operator verifies the papers."""
    key = IdempotencyKey.of(driver.id, "register_driver", idempotency_key, request)
    return driving().register(driver.id, request, key)
