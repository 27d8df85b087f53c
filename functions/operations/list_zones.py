"""`GET /v1/zones`: every zone, how it is dispatched, and how many riders wait in it.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.operations.wiring import zones
from rideflow.operations.zones import ZonesView

app = rest_api()


@app.get("/v1/zones")
def list_zones(_operator: Annotated[Caller, Depends(permitted("zone:read"))]) -> ZonesView:
    """All of them in one answer."""
    return ZonesView(zones=zones().all())
