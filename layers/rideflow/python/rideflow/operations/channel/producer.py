"""The producer of a market's frames: one invocation at a time, which looks once a second and tells every watcher.

It keeps what it knows and what it has sent in memory. Before its time is over it hands the market over to the next
invocation by a message. It ends by itself when nobody watches. If it dies, its lease ends within seconds, and the next
`market.watch` starts another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.frames import envelope
from rideflow.kernel.ids import uuid7
from rideflow.kernel.json_text import json_text
from rideflow.kernel.observability import count, logger
from rideflow.kernel.queues import Queue
from rideflow.markets.model import Market, Markets
from rideflow.operations.channel.fleet import Fleet, Overview
from rideflow.operations.channel.frames import MarketDelta, MarketSnapshot
from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.channel.rides import RideReader, Rides
from rideflow.operations.channel.view import Overall, View
from rideflow.operations.channel.watchers import LEASE_LIVES, Watcher, Watchers
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.realtime.service import Gateway

FRAME_EVERY = timedelta(seconds=1)

PRODUCES_FOR = timedelta(minutes=4)
"""An invocation hands over after this. Its message then is younger than what the alarm takes for late."""


@dataclass(frozen=True, slots=True)
class Producers:
    """Produces the frames of markets. `wait` waits for some seconds; `monotonic` measures time in seconds."""

    watchers: Watchers
    overview: Overview
    reader: RideReader
    gateway: Gateway
    queue: Queue
    markets: Markets
    posts: Executor
    clock: Clock
    monotonic: Callable[[], float]
    wait: Callable[[float], None]

    def run(self, message: ProduceFrames) -> None:
        """Produce the market's frames, unless another does. Raises `RedisUnavailableError` if that is not known."""
        market = next((each for each in self.markets.all if each.id == message.market), None)
        if market is None:
            count("FramesOfWithdrawnMarket")
            return
        token = self.watchers.begin(market.id, message.start_id, self.clock())
        if token is None:
            return
        produced = _Production.of(self, market, token)
        ends = self.monotonic() + PRODUCES_FOR / timedelta(seconds=1)
        while produced.next_frame():
            if self.monotonic() >= ends:
                self._hand_over(market.id, token)
                return

    def _hand_over(self, market: str, token: str) -> None:
        start_id = self.watchers.hand_over(market, token)
        if start_id is not None:
            self.queue.send(ProduceFrames(market=market, start_id=start_id))


@dataclass(slots=True)
class _Production:
    """What a producer knows of its market, and what each watcher was sent."""

    of_all: Producers
    market: Market
    token: str
    fleet: Fleet
    rides: Rides
    views: dict[str, View] = field(default_factory=dict)
    begun: float = 0.0

    @classmethod
    def of(cls, producers: Producers, market: Market, token: str) -> _Production:
        fleet = Fleet(producers.overview, market.zones)
        rides = Rides(producers.reader, market.zone_ids, market.travel.to_pickups)
        return cls(producers, market, token, fleet, rides, begun=producers.monotonic())

    def next_frame(self) -> bool:
        """Look at the market, tell every watcher, and wait for the next second. False if there is nothing to do.

        The lease is prolonged after the look and before the posts, so that a producer that hung while it looked does
        not tell what is old.
        """
        self._look(self.of_all.clock())
        now = self.of_all.clock()
        held_from = self.of_all.monotonic()
        try:
            watchers = self.of_all.watchers.next_frame(self.market.id, self.token, now)
        except UnavailableError:
            count("ChannelLeaseUnknown")
            watchers = []
        if watchers is None:
            return False
        if watchers and self.rides.known:
            self._tell(watchers, now, held_from + LEASE_LIVES / timedelta(seconds=1))
        self._pause()
        return True

    def _look(self, now: datetime) -> None:
        """Follow the stores. What does not answer stays as it is known."""
        self.fleet.read(now)
        try:
            self.rides.read(now)
        except UnavailableError:
            count("ChannelRidesUnread")
        self.fleet.judge(self.rides.on_trips, now)
        self.rides.expect(self.fleet.cars, self.fleet.changed, now)
        for view in self.views.values():
            view.follow()

    def _tell(self, watchers: Sequence[Watcher], now: datetime, until: float) -> None:
        """Post each watcher's frame. Whoever is gone watches no more; whoever was not reached begins anew."""
        self.views = {watcher.connection: self._view(watcher) for watcher in watchers}
        overall = Overall.of(self.fleet, self.rides)
        texts = [(watcher.connection, self._text(watcher, overall, now)) for watcher in watchers]
        outcomes = list(self.of_all.posts.map(lambda told: self._posted(told[0], told[1], until), texts))
        gone = [watcher.connection for watcher, outcome in zip(watchers, outcomes, strict=True) if outcome == "gone"]
        for watcher, outcome in zip(watchers, outcomes, strict=True):
            if outcome == "lost":
                self.views[watcher.connection].begin_anew()
        if gone:
            self.of_all.watchers.unwatch(gone, [self.market.id])
            for connection in gone:
                del self.views[connection]

    def _view(self, watcher: Watcher) -> View:
        view, viewport = self.views.get(watcher.connection), watcher.viewport
        if view is None or watcher.revision == 1:
            return View(viewport, self.fleet, self.rides)
        view.look_at(viewport)
        return view

    def _text(self, watcher: Watcher, overall: Overall, now: datetime) -> str:
        view = self.views[watcher.connection]
        snapshot, picture = view.next_frame(overall, self.market.id, watcher.revision)
        frame = MarketSnapshot if snapshot else MarketDelta
        return json_text(envelope(frame.type, str(uuid7()), now, picture))

    def _posted(self, connection: str, text: str, until: float) -> str:
        if self.of_all.monotonic() >= until:
            return "lost"
        try:
            self.of_all.gateway.post(connection, text)
        except ConnectionGoneError:
            return "gone"
        except DeliveryFailedError as failure:
            count("FrameNotDelivered", reason=str(failure))
            return "lost"
        except Exception:
            logger.exception("market frame: not delivered", extra={"connection_id": connection})
            return "lost"
        return "told"

    def _pause(self) -> None:
        """Wait for the next second. A look that took longer is not made up for."""
        now = self.of_all.monotonic()
        self.begun = max(self.begun + FRAME_EVERY / timedelta(seconds=1), now)
        self.of_all.wait(self.begun - now)
