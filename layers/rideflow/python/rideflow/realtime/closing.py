"""Closing the connections of a session that ends.

Connecting and ending a session take no lock. `$connect` stores the connection, then checks whether its session has
ended. Ending a session stores the end, then looks up the connections. Whichever comes second sees the other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from rideflow.kernel.access import Caller
from rideflow.kernel.clock import Clock
from rideflow.kernel.frames import Frame
from rideflow.kernel.model import Message
from rideflow.kernel.observability import logger
from rideflow.kernel.sessions import EndedSessionLookup, has_ended
from rideflow.realtime.errors import (
    ConnectionGoneError,
    DeliveryFailedError,
    SessionEndedError,
    StillConnectingError,
)
from rideflow.realtime.service import HANDSHAKE, Connections, Gateway, OpenConnection, Realtime

_WAITS_S = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Waits between attempts to close connections whose handshake is not complete. Then the message is delivered again."""


class SessionEnded(Frame):
    """The last frame of a connection, with the reason for closing it. The app connects again after a sign-in."""

    type: ClassVar[str] = "session.ended"

    reason: str


class UserLoggedOut(Message):
    """Identity's event. With `session` null, every token that was issued to the person up to `at` is void."""

    id: UUID
    at: datetime
    person_id: UUID
    session: str | None
    reason: str


class ConnectionAdmission:
    """Admits a connection only while its session lasts."""

    def __init__(self, realtime: Realtime, ended: EndedSessionLookup) -> None:
        self._realtime = realtime
        self._ended = ended

    def connect(self, person: Caller, connection_id: str) -> None:
        """Raises `SessionEndedError`. The authorizer may have accepted the token just before its session ended."""
        self._realtime.connect(person.id, connection_id, person.roles, person.session)
        if has_ended(self._ended.of(person.id), person.session, person.issued_at):
            self._realtime.disconnect(person.id, connection_id)
            raise SessionEndedError("You were signed out.")
        logger.info("connected", extra={"person_id": str(person.id)})


class Closing:
    """Closes the connections of an ended session."""

    def __init__(self, connections: Connections, gateway: Gateway, clock: Clock, wait: Callable[[float], None]) -> None:
        self._connections = connections
        self._gateway = gateway
        self._clock = clock
        self._wait = wait

    def close(self, event: UserLoggedOut) -> None:
        """Close the connections, then raise the first failure, if any: the event is then delivered again.

        A connection that API Gateway does not know is closed already, or its handshake is not complete. All of these
        are waited for together.
        """
        text = SessionEnded(reason=event.reason).text(event.id, event.at)
        left = [connection for connection in self._connections.of(event.person_id) if _belongs(connection, event)]
        failures: list[Exception] = []
        for wait_s in (*_WAITS_S, None):
            left = [connection for connection in left if not self._ended(connection, event.person_id, text, failures)]
            if not left or wait_s is None:
                break
            self._wait(wait_s)
        if failures:
            raise failures[0]
        if left:
            raise StillConnectingError(left[0].id)

    def _ended(self, connection: OpenConnection, person_id: UUID, text: str, failures: list[Exception]) -> bool:
        """Whether the connection needs no further attempt: it was closed, or its failure was added to `failures`."""
        try:
            if not self._hung_up(connection, text):
                return False
            self._connections.remove(person_id, connection.id)
        except Exception as failure:
            logger.exception("a connection stays open", extra={"connection_id": connection.id})
            failures.append(failure)
        return True

    def _hung_up(self, connection: OpenConnection, text: str) -> bool:
        """Close the connection; False if its handshake may be incomplete."""
        try:
            self._tell(connection, text)
            self._gateway.close(connection.id)
        except ConnectionGoneError:
            return self._clock() - connection.connected_at >= HANDSHAKE
        return True

    def _tell(self, connection: OpenConnection, text: str) -> None:
        """Push the reason. If that fails, the connection is closed all the same."""
        try:
            self._gateway.post(connection.id, text)
        except DeliveryFailedError:
            logger.info("not told why it is closed", extra={"connection_id": connection.id})


def _belongs(connection: OpenConnection, event: UserLoggedOut) -> bool:
    if event.session is None:
        return connection.connected_at <= event.at
    return connection.session == event.session
