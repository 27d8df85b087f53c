"""`POST /v1/auth/login`: e-mail and password for tokens. Open to everyone.

Needs: identity, guards.
"""

from __future__ import annotations

from rideflow.identity.api import Login, TokensView
from rideflow.identity.wiring import identity
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/auth/login")
def login(request: Login) -> TokensView:
    """Sign in."""
    return identity().login(request)
