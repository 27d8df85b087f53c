"""Pushing frames to a person.

A push is fast and best effort: it may be lost with a connection, arrive twice, or overtake another. The trip's event
log is durable, and an app that reconnects reads the events that it missed from it (`sync`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.frames import Frame
from rideflow.kernel.observability import count, logger, measure
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError

HANDSHAKE = timedelta(seconds=30)
"""API Gateway ends a handshake whose `$connect` takes longer than 29 s."""

MOST_OPEN = 10
"""The most connections of a person (ADR 126). An app that loses its network once a minute leaves ten behind before API
Gateway ends the first of them, after ten idle minutes."""

PUSH_LASTS = timedelta(seconds=2)
"""The time after which a push begins no further post: the caller has other people to serve."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """An open WebSocket. `session` is the sign-in session whose token opened it, if the token named one."""

    id: str
    connected_at: datetime
    session: str | None = None


class Connections(Protocol):
    """Stores the open connections of each person."""

    def add(self, person_id: UUID, opened: OpenConnection, roles: Iterable[str]) -> None: ...

    def remove(self, person_id: UUID, connection_id: str) -> None: ...

    def of(self, person_id: UUID) -> list[OpenConnection]: ...


class Gateway(Protocol):
    """Sends text to a connection, or closes it; raises `ConnectionGoneError` or `DeliveryFailedError`."""

    def post(self, connection_id: str, text: str) -> None: ...

    def close(self, connection_id: str) -> None: ...


class Realtime:
    """Tracks connections and pushes frames to them."""

    def __init__(self, connections: Connections, gateway: Gateway, clock: Clock) -> None:
        self._connections = connections
        self._gateway = gateway
        self._clock = clock

    def connect(self, person_id: UUID, connection_id: str, roles: Iterable[str], session: str | None = None) -> None:
        """Store the connection; close and forget the person's oldest ones beyond `MOST_OPEN`."""
        self._connections.add(person_id, OpenConnection(connection_id, self._clock(), session), roles)
        until = self._clock() + PUSH_LASTS
        others = [each for each in _newest_first(self._connections.of(person_id)) if each.id != connection_id]
        for connection in reversed(others[MOST_OPEN - 1 :]):
            if self._clock() >= until:  # the next `$connect` closes the others
                break
            self._close(person_id, connection)

    def disconnect(self, person_id: UUID, connection_id: str) -> None:
        self._connections.remove(person_id, connection_id)

    def push(self, person_id: UUID, frame: Frame, *, id: UUID, at: datetime) -> int:  # noqa: A002 - the wire's name
        """Send the frame to the person's newest `MOST_OPEN` connections; returns how many took it.

        Never raises: the caller has committed its state, and an app that was not reached will `sync`. A connection that
        the gateway does not know is forgotten, unless its handshake may be incomplete. No post begins after
        `PUSH_LASTS`.
        """
        until = self._clock() + PUSH_LASTS
        try:
            open_ones = self._connections.of(person_id)
        except Exception:
            logger.exception("push: connections cannot be read", extra={"person_id": str(person_id)})
            return 0
        newest = _newest_first(open_ones)[:MOST_OPEN]
        text = frame.text(id, at) if newest else ""
        took = 0
        for already, connection in enumerate(newest):
            if self._clock() >= until:
                measure("FrameNotDelivered", len(newest) - already, reason="Deadline")
                break
            took += self._delivered(person_id, connection, text)
        return took

    def _close(self, person_id: UUID, connection: OpenConnection) -> None:
        """Close and forget the connection. One that stays open stays stored, so that its session's end closes it."""
        try:
            self._gateway.close(connection.id)
        except ConnectionGoneError:
            if not self._may_be_connecting(connection):
                self._forget(person_id, connection)
        except DeliveryFailedError as failure:
            count("ConnectionNotClosed", reason=str(failure))
        else:
            count("OldestConnectionClosed")
            self._forget(person_id, connection)

    def _delivered(self, person_id: UUID, connection: OpenConnection, text: str) -> bool:
        try:
            self._gateway.post(connection.id, text)
        except ConnectionGoneError:
            self._gone(person_id, connection)
        except DeliveryFailedError as failure:
            count("FrameNotDelivered", reason=str(failure))
        except Exception:
            logger.exception("push: not delivered", extra={"connection_id": connection.id})
        else:
            return True
        return False

    def _gone(self, person_id: UUID, connection: OpenConnection) -> None:
        if self._may_be_connecting(connection):
            count("FrameNotDelivered", reason="Connecting")
        else:
            self._forget(person_id, connection)

    def _may_be_connecting(self, connection: OpenConnection) -> bool:
        """Whether the connection's handshake may be incomplete.

        API Gateway responds with 410 also before `$connect` has returned. If the connection was forgotten then, its app
        would get no frames for as long as it lives; a kept one catches up by `sync`.
        """
        return self._clock() - connection.connected_at < HANDSHAKE

    def _forget(self, person_id: UUID, connection: OpenConnection) -> None:
        try:
            self._connections.remove(person_id, connection.id)
        except Exception:
            logger.exception("a dead connection stays listed", extra={"connection_id": connection.id})


def _newest_first(connections: Iterable[OpenConnection]) -> list[OpenConnection]:
    return sorted(connections, key=lambda connection: connection.connected_at, reverse=True)
