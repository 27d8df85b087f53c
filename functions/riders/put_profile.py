"""`PUT /v1/riders/me`: replace the calling rider's profile.

Needs: database.
"""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.rest import rest_api
from rideflow.riders.profile import ProfileView, PutProfile
from rideflow.riders.wiring import riders

app = rest_api()


@app.put("/v1/riders/me")
def put_profile(request: PutProfile, rider: Annotated[Caller, Depends(permitted("profile:write"))]) -> ProfileView:
    """Replace my profile as a whole."""
    return riders().put_profile(rider.id, request)
