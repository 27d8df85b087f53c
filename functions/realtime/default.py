"""WebSocket `$default`: a message whose action is unknown, or that cannot be read."""

from __future__ import annotations

from rideflow.kernel.websocket import Connection, websocket_lifecycle
from rideflow.realtime.errors import UnknownActionError


def refuse(_connection: Connection) -> None:
    raise UnknownActionError('Send a JSON text frame whose "action" is one that is served.')


app = websocket_lifecycle(refuse)
