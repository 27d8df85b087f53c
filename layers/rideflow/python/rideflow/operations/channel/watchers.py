"""The watchers of each market, and the one producer of its frames, which has a lease in Redis.

All keys have one tag, `{operators}`, so that a connection that changes markets is moved by one script. They are no keys
of drivers, and a zone's script never touches them. Everything here ends by itself: subscriptions by their time, the
lease and the keys by their time to live. If Redis loses it, the apps' next `market.watch` begins it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from pydantic import ValidationError
from redis.cluster import RedisCluster

from rideflow.kernel.observability import count
from rideflow.kernel.redis import script
from rideflow.markets.model import Markets
from rideflow.operations.channel.model import MOST_WATCHERS, WATCHES_FOR, Viewport

LEASE_LIVES = timedelta(seconds=5)
"""A producer that does not prolong its lease for so long counts as dead. If it wakes up, it sends nothing more."""

EXPECTED_WITHIN = timedelta(seconds=10)
"""A producer that was asked for is expected for so long, cold start included. Then `market.watch` asks for another."""

_KEPT_S = 2 * WATCHES_FOR // timedelta(seconds=1)
_PACKAGE = "rideflow.operations.channel"
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Watcher:
    """A subscription, with the number of its next frame. Number 1 begins anew."""

    connection: str
    viewport: Viewport
    revision: int


class Watchers:
    """The subscriptions and producers of all markets."""

    def __init__(self, redis: RedisCluster, markets: Markets, *, lease: timedelta = LEASE_LIVES) -> None:
        self._redis = redis
        self._markets = markets
        self._lease_ms = lease // _MILLISECOND

    def watch(self, market: str, connection: str, viewport: Viewport, now: datetime, *, fresh: bool) -> str | None:
        """Subscribe the connection until `now` and `WATCHES_FOR`.

        Returns the id of the message that is to start a producer, or None if there is one. Raises `MarketFullError`,
        `RedisUnavailableError`.
        """
        start_id = uuid4().hex
        others = [key for each in self._markets.all if each.id != market for key in _subscriptions(each.id)]
        answer = script(_PACKAGE, "watch")(
            self._redis,
            [_producer(market), *_subscriptions(market), *others],
            [
                connection,
                _ms(now),
                _ms(now + WATCHES_FOR),
                viewport.model_dump_json(),
                int(fresh),
                MOST_WATCHERS,
                _due(start_id),
                EXPECTED_WITHIN // _MILLISECOND,
                _KEPT_S,
            ],
        )
        if answer == b"full":
            raise MarketFullError(market)
        return start_id if answer == b"start" else None

    def unwatch(self, connections: Sequence[str], markets: Sequence[str] | None = None) -> None:
        """End the connections' subscriptions, in these markets or in all. Raises `RedisUnavailableError`."""
        keys = [key for market in markets or [each.id for each in self._markets.all] for key in _subscriptions(market)]
        script(_PACKAGE, "unwatch")(self._redis, keys, [*connections])

    def begin(self, market: str, start_id: str, now: datetime) -> str | None:
        """Take the market's lease; returns its token. None if the message is a duplicate, or nobody watches."""
        token = uuid4().hex
        keys = [_producer(market), _watchers(market)]
        taken = script(_PACKAGE, "begin_frames")(self._redis, keys, [_due(start_id), token, _ms(now), self._lease_ms])
        return token if taken else None

    def next_frame(self, market: str, token: str, now: datetime) -> list[Watcher] | None:
        """Prolong the lease; returns the subscriptions. None if another has the lease, or if nobody watches."""
        answer = script(_PACKAGE, "next_frame")(
            self._redis,
            [_producer(market), *_subscriptions(market)],
            [token, _ms(now), self._lease_ms, _KEPT_S],
        )
        if answer is None:
            return None
        return [
            Watcher(connection.decode(), viewport, int(revision))
            for connection, stored, revision in answer
            if (viewport := _viewport(stored)) is not None
        ]

    def hand_over(self, market: str, token: str) -> str | None:
        """Give the lease to a next producer; returns the id of its message. None if another has the lease."""
        start_id = uuid4().hex
        arguments = [token, _due(start_id), EXPECTED_WITHIN // _MILLISECOND]
        given = script(_PACKAGE, "hand_over")(self._redis, [_producer(market)], arguments)
        return start_id if given else None


class MarketFullError(Exception):
    """The market has as many subscriptions as it may have."""


def _key(market: str, name: str) -> str:
    return f"{{operators}}:{market}:{name}"


def _producer(market: str) -> str:
    """The lease: the token of the producer at work, or `due:<id>` of the message that is to start one."""
    return _key(market, "producer")


def _watchers(market: str) -> str:
    """Sorted set: connection → until when (Unix ms)."""
    return _key(market, "watchers")


def _subscriptions(market: str) -> list[str]:
    """The watchers; the viewport of each (a hash, JSON); the number of each one's last frame (a hash)."""
    return [_watchers(market), _key(market, "viewports"), _key(market, "revisions")]


def _viewport(stored: bytes | None) -> Viewport | None:
    """The viewport of a subscription, None if it cannot be read: its app repeats the message, and the others go on.

    Unknown members are ignored, because a release that is rolled back reads what the newer one stored.
    """
    try:
        return None if stored is None else Viewport.model_validate_json(stored, extra="ignore")
    except ValidationError:
        count("ChannelWatcherUnread")
        return None


def _due(start_id: str) -> str:
    return f"due:{start_id}"


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
