"""How many invocations of one function may run at once: as many as have proved necessary."""

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENCE_S = 0.5
"""Longer than any warm invocation that computes; one that waits for something else holds others up no longer."""


class Turns:
    """One turn at a time, one more whenever somebody has waited too long for those there are, and `limit` at most."""

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
        """One more, not one for each who waits: they all lose their patience at the same time."""
        now = time.monotonic()
        if self._allowed < self._limit and now - self._grown_at >= self._patience_s:
            self._allowed += 1
            self._grown_at = now
