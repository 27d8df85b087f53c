"""WebSocket `$connect`: store the connection of the person whom the authorizer has verified.

Needs: realtime, sessions.
"""

from __future__ import annotations

from rideflow.kernel.websocket import Connection, websocket_lifecycle
from rideflow.realtime.wiring import connection_admission


def connect(connection: Connection) -> None:
    connection_admission().connect(connection.person.require("realtime:connect"), connection.id)


app = websocket_lifecycle(connect)
