"""A deadline for runs that repeat: the next run does the rest of the work."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """A deadline `lasts_s` seconds after its creation. A batch may end later, so functions have longer timeouts."""

    def __init__(self, lasts_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._ends_at = monotonic() + lasts_s

    @property
    def is_over(self) -> bool:
        return self._monotonic() >= self._ends_at

    def batches(self, batch: Callable[[], int]) -> int:
        """Run `batch` until it returns 0 or the deadline has passed; returns the sum of its results."""
        done = 0
        while not self.is_over and (more := batch()):
            done += more
        return done
