"""`POST /v1/outbox/{event_id}/redrive`: an event that was set aside is tried again.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.operations.set_aside import RedriveView
from rideflow.operations.wiring import set_aside

app = rest_api()


@app.post("/v1/outbox/<event_id>/redrive")
def redrive_event(event_id: UUID, operator: Annotated[Caller, Depends(permitted("outbox:redrive"))]) -> RedriveView:
    """The next sweep sends it, within a minute, as if for the first time. A repeat succeeds; it is audited."""
    return set_aside().redrive(operator.id, event_id)
