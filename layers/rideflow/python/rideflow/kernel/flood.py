"""Holds a WebSocket connection to a rate, in the memory of the execution environment: no message waits for a store.

Several environments may serve one connection, so what it may send is a multiple of the limit at most; a connection that
floods has its messages served by the environments it keeps busy, and each of them counts.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache

from rideflow.kernel.errors import RateLimitedError

BURST = 300
"""Messages at once: an app that comes out of a tunnel sends what it kept."""
PER_S = 50.0
"""Messages a second after that. A phone sends one every three to five seconds, and sixty times as many where rides are
played sixty times faster than they are driven."""
_MOST_REMEMBERED = 10_000


class ConnectionBuckets:
    """The moment at which each connection's bucket is full again, the longest silent first."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, connection_id: str) -> None:
        """Raises `RateLimitedError` with `retry_after_s` when the connection has sent too much."""
        now = self._monotonic()
        full_at = max(self._full_at.get(connection_id, now), now) + 1 / PER_S
        if full_at > now + BURST / PER_S:
            raise RateLimitedError("Too many messages; please send fewer.", retry_after_s=1)
        self._full_at[connection_id] = full_at
        self._full_at.move_to_end(connection_id)
        if len(self._full_at) > _MOST_REMEMBERED:
            self._full_at.popitem(last=False)


@cache
def connection_buckets() -> ConnectionBuckets:
    """Those of this execution environment."""
    return ConnectionBuckets()
