"""`POST /v1/drivers/me/vehicles`: add a vehicle.

Needs: database, event_bus, person_keys.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.drivers.api import AddVehicle, VehicleView
from rideflow.drivers.wiring import driving
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.idempotency import IdempotencyKey
from rideflow.kernel.rest import IdempotencyHeader, rest_api

app = rest_api()


@app.post("/v1/drivers/me/vehicles", status_code=201)
def add_vehicle(
    request: AddVehicle,
    driver: Annotated[Caller, Depends(permitted("vehicle:write"))],
    idempotency_key: IdempotencyHeader,
) -> VehicleView:
    """Add a vehicle to drive."""
    key = IdempotencyKey.of(driver.id, "add_vehicle", idempotency_key, request)
    return driving().add_vehicle(driver.id, request, key)
