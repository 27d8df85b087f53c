"""Staff subscribe a connection to a market."""

from __future__ import annotations

from dataclasses import dataclass

from rideflow.kernel.clock import Clock
from rideflow.kernel.queues import Queue
from rideflow.markets.model import Markets
from rideflow.operations.channel.errors import TooManyWatchersError, UnknownMarketError
from rideflow.operations.channel.frames import MarketWatching
from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.channel.model import WATCHES_FOR, Viewport
from rideflow.operations.channel.watchers import MarketFullError, Watchers


@dataclass(frozen=True, slots=True)
class MarketWatch:
    """The use case of whoever looks at a market. `Watchers.unwatch` ends it."""

    watchers: Watchers
    queue: Queue
    markets: Markets
    clock: Clock

    def watch(self, connection: str, market: str, viewport: Viewport, *, fresh: bool = False) -> MarketWatching:
        """Subscribe the connection for a minute, and start the market's frames unless somebody produces them.

        With `fresh` the next frame is a snapshot. Raises `QueueUnavailableError`, `RedisUnavailableError`,
        `TooManyWatchersError`, `UnknownMarketError`.
        """
        offered = [each.id for each in self.markets.all]
        if market not in offered:
            raise UnknownMarketError("There is no such market.", field="market", markets=offered)
        now = self.clock()
        try:
            start_id = self.watchers.watch(market, connection, viewport, now, fresh=fresh)
        except MarketFullError as full:
            raise TooManyWatchersError("Too many people look at this market; please try again.") from full
        if start_id is not None:
            self.queue.send(ProduceFrames(market=market, start_id=start_id))
        return MarketWatching(market=market, ends_at=now + WATCHES_FOR)
