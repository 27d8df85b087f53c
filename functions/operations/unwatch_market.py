"""WebSocket `market.unwatch`: an operator looks at no market any more.

Needs: redis.
"""

from __future__ import annotations

from typing import Literal

from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route
from rideflow.operations.channel.frames import MarketUnwatched
from rideflow.operations.wiring import watchers


class UnwatchMarket(Action):
    """Show me no market any more."""

    action: Literal["market.unwatch"]


def unwatch_market(_wanted: UnwatchMarket, connection: Connection) -> MarketUnwatched:
    watchers().unwatch([connection.id])
    return MarketUnwatched()


app = websocket_route(unwatch_market, action="market.unwatch", permission="market:watch")
