"""`POST /v1/auth/refresh`: a refresh token for a new access token. Open to everyone.

Needs: identity, guards.
"""

from __future__ import annotations

from rideflow.identity.api import Refresh, TokensView
from rideflow.identity.wiring import identity
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/auth/refresh")
def refresh(request: Refresh) -> TokensView:
    """Stay signed in."""
    return identity().refresh(request)
