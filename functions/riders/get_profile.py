"""`GET /v1/riders/me`: the calling rider's profile.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.riders.profile import ProfileView
from rideflow.riders.wiring import riders

app = rest_api()


@app.get("/v1/riders/me")
def get_profile(rider: Annotated[Caller, Depends(permitted("profile:write"))]) -> ProfileView:
    """My profile; an empty one before the first time."""
    return riders().profile(rider.id)
