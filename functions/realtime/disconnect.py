"""WebSocket `$disconnect`: forget the connection. API Gateway sends this once and at best effort.

Needs: realtime.
"""

from __future__ import annotations

from rideflow.kernel.websocket import Connection, websocket_lifecycle
from rideflow.realtime.wiring import realtime


def disconnect(connection: Connection) -> None:
    realtime().disconnect(connection.person.id, connection.id)


app = websocket_lifecycle(disconnect)
