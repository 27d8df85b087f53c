"""The rate limit of a WebSocket connection, in the memory of the execution environment: no message waits for a store.

Several environments may serve one connection, so it may send a multiple of the limit at most. Each environment counts
the messages that it serves.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache

from rideflow.kernel.errors import RateLimitedError

BURST = 300
"""The number of messages at once: an app that comes out of a tunnel sends the positions it has kept."""
PER_S = 50.0
"""The number of messages a second after that. A phone sends one every four seconds; a simulation that plays rides
sixty times faster sends sixty times as many."""
_MOST_REMEMBERED = 10_000


class ConnectionBuckets:
    """For each connection the time at which its bucket is full again, the longest silent connection first."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, connection_id: str) -> None:
        """Take a message from the bucket. Raises `RateLimitedError` with `retry_after_s` if the bucket is empty."""
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
    """The buckets of this execution environment."""
    return ConnectionBuckets()
