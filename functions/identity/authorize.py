"""The Lambda authorizer of the REST API (TOKEN) and of the WebSocket API (REQUEST).

Needs: identity.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rideflow.identity.authorizer import Event, Policy, authorize
from rideflow.identity.tokens import KeySet, TokenVerifier, fetched
from rideflow.kernel.settings import IdentitySettings


@cache
def verifier() -> TokenVerifier:
    settings = IdentitySettings.from_environment()
    keys = KeySet(lambda: fetched(settings.jwks_url))
    return TokenVerifier(keys, issuer=settings.issuer, client_id=settings.client_id)


def app(event: Event, _context: Any) -> Policy:
    return authorize(event, verifier())
