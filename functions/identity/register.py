"""`POST /v1/auth/register`: open an account as rider or driver. Open to everyone.

Repeats are told by the e-mail, which has one account. Needs no database and runs outside the VPC.

Needs: identity, guards.
"""

from __future__ import annotations

from rideflow.identity.api import Register, RegisteredView
from rideflow.identity.wiring import identity
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/auth/register", status_code=201)
def register(request: Register) -> RegisteredView:
    """Open an account and mail a code to confirm it with."""
    return identity().register(request)
