"""`PUT /v1/zones/{zone_id}/strategy`: an operator says how the zone is dispatched.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.operations.wiring import zones
from rideflow.operations.zones import StrategyView

app = rest_api()


@app.put("/v1/zones/<zone_id>/strategy")
def set_strategy(
    zone_id: str, request: StrategyView, operator: Annotated[Caller, Depends(permitted("zone:write"))]
) -> StrategyView:
    """From the zone's next tick on, a second later while somebody waits. What is left out is as by default; audited."""
    return zones().set_strategy(operator.id, zone_id, request)
