"""The Lambda authorizer of the REST API (TOKEN) and of the WebSocket API (REQUEST).

Needs: identity, sessions, roles.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from rideflow.identity.authorizer import Event, Policy, authorize
from rideflow.identity.role_changes import RoleChanges
from rideflow.identity.roles_in_force import RolesInForce
from rideflow.identity.tokens import KeySet, TokenVerifier, fetched
from rideflow.kernel.sessions import EndedSessions
from rideflow.kernel.settings import IdentitySettings, RolesSettings, SessionsSettings


@cache
def verifier() -> TokenVerifier:
    settings = IdentitySettings.from_environment()
    keys = KeySet(lambda: fetched(settings.jwks_url))
    return TokenVerifier(keys, issuer=settings.issuer, client_id=settings.client_id)


@cache
def ended_sessions() -> EndedSessions:
    return EndedSessions(SessionsSettings.from_environment().table)


@cache
def roles() -> RolesInForce:
    return RolesInForce(RoleChanges(RolesSettings.from_environment().table))


def app(event: Event, _context: Any) -> Policy:
    return authorize(event, verifier(), ended_sessions(), roles())
