"""WebSocket `$connect`: note who opened the connection; the authorizer has verified them.

Needs: realtime.
"""

from __future__ import annotations

from rideflow.kernel.websocket import Connection, websocket_lifecycle
from rideflow.realtime.wiring import realtime


def connect(connection: Connection) -> None:
    person = connection.person.require("realtime:connect")
    realtime().connect(person.id, connection.id, person.roles)


app = websocket_lifecycle(connect)
