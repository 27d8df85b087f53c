"""The number of invocations of one function that may run at once. It grows when they prove too few."""

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENCE_S = 0.5
"""Longer than any warm invocation that only computes. An invocation that waits delays others by this much at most."""


class Turns:
    """One turn at first, one more whenever an invocation has waited too long for a turn, and `limit` at most."""

    def __init__(self, limit: int, patience_s: float = PATIENCE_S) -> None:
        self._limit, self._patience_s = limit, patience_s
        self._changed = threading.Condition()
        self._allowed, self._running = 1, 0
        self._grown_at = time.monotonic()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it until the block ends."""
        with self._changed:
            while not self._changed.wait_for(self._is_free, self._patience_s):
                self._grow()
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify()

    def _is_free(self) -> bool:
        return self._running < self._allowed

    def _grow(self) -> None:
        """Add one turn, not one for each waiting invocation: all of them time out at the same time."""
        now = time.monotonic()
        if self._allowed < self._limit and now - self._grown_at >= self._patience_s:
            self._allowed += 1
            self._grown_at = now
