"""The operators' channel on real stores: a market with a street in it, connections, and producers that a test stops."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rideflow.kernel.frames import MAX_FRAME_BYTES
from rideflow.kernel.queues import Queue
from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.channel.model import Viewport
from rideflow.operations.channel.producer import Producers
from rideflow.operations.channel.rides import RideReader
from rideflow.operations.channel.service import MarketWatch
from rideflow.operations.channel.watchers import Watchers
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.supply.index.overview import OverviewIndex
from tests.adapters.supply.street import Street
from tests.screen import Screen

MARKET = "san_francisco"
CITY = Viewport(south=37.70, west=-122.52, north=37.82, east=-122.35)


class DiedError(BaseException):
    """The environment of a producer is gone, in the middle of whatever it did."""


class Sent(Queue):
    """Messages that were sent, oldest first."""

    def __init__(self) -> None:
        self.messages: list[ProduceFrames] = []

    def send(self, message: Any, delay: timedelta = timedelta(0)) -> None:
        self.messages.append(message)


class Connections:
    """The screens behind connections; some are gone, and some take no frame now."""

    def __init__(self) -> None:
        self.screens: dict[str, Screen] = defaultdict(Screen)
        self.frames: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.gone: set[str] = set()
        self.refusing: set[str] = set()

    def post(self, connection_id: str, text: str) -> None:
        if connection_id in self.gone:
            raise ConnectionGoneError(connection_id)
        if connection_id in self.refusing:
            raise DeliveryFailedError("LimitExceededException")
        assert len(text.encode()) <= MAX_FRAME_BYTES
        frame = json.loads(text)
        self.frames[connection_id].append(frame)
        self.screens[connection_id].take(frame)

    def close(self, connection_id: str) -> None:
        self.gone.add(connection_id)


class AtOnce:
    """Posts one after another, in the thread of the producer."""

    def map(self, post: Callable[..., Any], *each: Any) -> list[Any]:
        return [post(*arguments) for arguments in zip(*each, strict=True)]

    def submit(self, *_arguments: Any) -> Future[Any]:
        raise AssertionError("frames are posted by `map`")


@dataclass
class Channel:
    street: Street
    queue: Sent = field(default_factory=Sent)
    connections: Connections = field(default_factory=Connections)

    def __post_init__(self) -> None:
        self.watchers = Watchers(self.street.redis, self.street.markets)
        self.overview = OverviewIndex(self.street.redis)
        self.reader = RideReader(self.street.database)
        self.people = MarketWatch(self.watchers, self.queue, self.street.markets, self.street.clock)

    def watch(self, connection: str = "c1", viewport: Viewport = CITY, market: str = MARKET, **more: Any) -> Screen:
        self.people.watch(connection, market, viewport, **more)
        return self.connections.screens[connection]

    def runs(self, *seconds: Callable[[], object], message: ProduceFrames | None = None) -> None:
        """A producer works off the oldest message, or this one. It looks, then a second passes, with what happens in
        it, and so on. After the last look it dies, unless it ended before.
        """
        happens = list(seconds)

        def wait(for_s: float) -> None:
            if not happens:
                raise DiedError
            self.street.passes(max(for_s, 0))
            happens.pop(0)()

        try:
            self.producer(wait).run(message or self.queue.messages.pop(0))
        except DiedError:
            return
        assert not happens, f"the producer has ended {len(happens)} seconds before its time"

    def ends(self, message: ProduceFrames | None = None) -> bool:
        """Whether a producer ends at once, without a frame."""
        before = {connection: len(frames) for connection, frames in self.connections.frames.items()}
        try:
            self.producer(_dies).run(message or self.queue.messages.pop(0))
        except DiedError:
            return False
        return before == {connection: len(frames) for connection, frames in self.connections.frames.items()}

    def producer(self, wait: Callable[[float], None]) -> Producers:
        return Producers(
            self.watchers,
            self.overview,
            self.reader,
            self.connections,
            self.queue,
            self.street.markets,
            AtOnce(),  # type: ignore[arg-type]
            self.street.clock,
            lambda: self.street.now.timestamp(),  # noqa: PLW0108 - the clock is turned by replacing it
            wait,
        )

    def lease_ends(self) -> None:
        """The time of a dead producer's lease is over."""
        self.street.redis.delete(f"{{operators}}:{MARKET}:producer")


def _dies(_for_s: float) -> None:
    raise DiedError


def nothing() -> None:
    """A second in which nothing happens."""
