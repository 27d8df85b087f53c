"""The time that a run may take: what it leaves undone, the next one does."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """Counts from its making. What is begun before its end may last longer, so functions have more time than this."""

    def __init__(self, lasts_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ends_at = monotonic() + lasts_s

    @property
    def is_over(self) -> bool:
        return self._monotonic() >= self._ends_at

    def batches(self, batch: Callable[[], int]) -> int:
        """Run `batch` until it finds nothing to do or the time is over; returns how many it did in all."""
        done = 0
        while not self.is_over and (more := batch()):
            done += more
        return done
