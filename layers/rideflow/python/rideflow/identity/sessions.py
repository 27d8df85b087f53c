"""Ending sessions: issued tokens become void, and open WebSockets are closed.

Signing out ends one session. A suspension or a change of roles ends all sessions of the person.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.identity.errors import IdentityUnavailableError
from rideflow.identity.events import EndReason, UserLoggedOut
from rideflow.kernel.clock import Clock
from rideflow.kernel.events import DomainEvent


class EndedSessionRecorder(Protocol):
    """Records ended sessions, as `rideflow.kernel.sessions.EndedSessions` does."""

    def end(self, person_id: UUID, session: str | None, at: datetime) -> None: ...


class Sessions:
    """Ends sessions."""

    def __init__(self, ended: EndedSessionRecorder, publish: Callable[[DomainEvent], None], clock: Clock) -> None:
        self._ended = ended
        self._publish = publish
        self._clock = clock

    def revoke(self, person_id: UUID, session: str | None = None, *, reason: EndReason = "signed_out") -> None:
        """End the session; with None, void every token that was issued to the person up to now.

        The authorizer refuses the access tokens as soon as it asks again, within five seconds; WebSockets close when
        the event arrives. Raises `IdentityUnavailableError` if either is uncertain; the call may then be repeated.
        """
        now = self._clock()
        try:
            self._ended.end(person_id, session, now)
            self._publish(UserLoggedOut(at=now, person_id=person_id, session=session, reason=reason))
        except Exception as error:
            raise IdentityUnavailableError("Signing out is not possible at the moment; please try again.") from error


def session_of(access_token: str) -> tuple[UUID, str | None]:
    """Person and session of an access token that Cognito has just issued to us, so it needs no verification."""
    payload = access_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return UUID(claims["sub"]), claims.get("origin_jti")
