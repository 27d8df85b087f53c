"""WebSocket `market.watch`: an operator looks at a market, and is sent a frame a second.

The first frame is a snapshot, the others tell what has changed since. A subscription ends after a minute, so the app
repeats the message every 20 seconds, and sends it when the map is moved. A connection watches one market.

Needs: redis, channel.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rideflow.kernel.frames import Action
from rideflow.kernel.websocket import Connection, websocket_route
from rideflow.operations.channel.frames import MarketWatching
from rideflow.operations.channel.model import Viewport
from rideflow.operations.wiring import market_watch


class WatchMarket(Action):
    """Show me this market, of which I see this part."""

    action: Literal["market.watch"]
    market: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=40, examples=["san_francisco"])]
    viewport: Viewport
    fresh: Annotated[bool, Field(description="Begin anew with a snapshot: a frame was missed")] = False


def watch_market(wanted: WatchMarket, connection: Connection) -> MarketWatching:
    return market_watch().watch(connection.id, wanted.market, wanted.viewport, fresh=wanted.fresh)


app = websocket_route(watch_market, action="market.watch", permission="market:watch")
