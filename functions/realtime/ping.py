"""WebSocket `ping`: keeps an idle connection open (API Gateway ends one after ten silent minutes)."""

from __future__ import annotations

from typing import Literal

from rideflow.kernel.frames import Action, Pong
from rideflow.kernel.websocket import Connection, websocket_route


class Ping(Action):
    """Are you there?"""

    action: Literal["ping"]


def ping(_ping: Ping, _connection: Connection) -> Pong:
    return Pong()


app = websocket_route(ping, action="ping")
