"""`POST /v1/auth/logout`: end a session. Open to everyone: the refresh token is the proof.

Needs: identity, guards, sessions, event_bus.
"""

from __future__ import annotations

from aws_lambda_powertools.event_handler import Response

from rideflow.identity.api import Logout
from rideflow.identity.wiring import identity
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/auth/logout", status_code=204)
def logout(request: Logout) -> Response[None]:
    """Revoke the refresh token and everything issued from it: access tokens stop, WebSockets close."""
    identity().logout(request)
    return Response(status_code=204)
