"""`POST /v1/auth/confirm`: confirm an account with the code that was mailed. Open to everyone.

Needs: identity, guards, event_bus, person_keys.
"""

from __future__ import annotations

from rideflow.identity.api import Confirm, ConfirmedView
from rideflow.identity.wiring import identity
from rideflow.kernel.rest import rest_api

app = rest_api()


@app.post("/v1/auth/confirm")
def confirm(request: Confirm) -> ConfirmedView:
    """Confirm an account; confirming it again succeeds."""
    return identity().confirm(request)
