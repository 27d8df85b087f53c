"""The pace of ride time: a given speed, or as fast as the cloud answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

FASTEST = 60.0
"""Ride seconds per second. Rides of ten minutes can still be watched."""

_SLOWEST, _FIRST = 2.0, 15.0
_LATE_S = 0.4
"""A position that is indexed later than this shows that phones, functions and stores overload the machine."""

_ADJUST_EVERY_S = 0.5
_NEWEST_WEIGHS = 0.2
_COUNTS_AT_MOST_S = 1.0
"""The longest lateness that one answer counts with: an answer delayed by a cold start, or lost, says little."""

_LONGEST_NAP_S = 0.5


class Pace:
    """A clock of ride seconds, the same for everybody in a simulation.

    Without a speed it follows the cloud, as a sender follows a network: a fifth slower while answers are late, a tenth
    faster while they are early. An overloaded cloud would show its queues and not its latencies.
    """

    def __init__(
        self,
        speed: float | None = None,
        clock: Callable[[], float] = time.perf_counter,
        *,
        between: tuple[float, float] = (_SLOWEST, FASTEST),
    ) -> None:
        """`between` are the slowest and the fastest speed of a pace that follows the cloud.

        `fastest` is the highest speed that this pace ever has.
        """
        self._slowest, self.fastest = between if speed is None else (speed, speed)
        self.speed = speed or min(_FIRST, self.fastest)
        self._follows = speed is None
        self._clock = clock
        self._at = self._adjusted_at = clock()
        self._passed_s = 0.0
        self._answer_s = 0.0

    def now(self) -> float:
        """Ride seconds that have passed."""
        at = self._clock()
        self._passed_s += (at - self._at) * self.speed
        self._at = at
        return self._passed_s

    async def until(self, ride_s: float) -> None:
        """Wait until this many ride seconds have passed."""
        while (left_s := ride_s - self.now()) > 0:  # noqa: ASYNC110 - the speed changes meanwhile
            await asyncio.sleep(min(left_s / self.speed, _LONGEST_NAP_S))

    def answered(self, after_s: float) -> None:
        """Adapt to the time that the cloud took for an answer, or has taken so far for one that is still awaited."""
        self._answer_s += (min(after_s, _COUNTS_AT_MOST_S) - self._answer_s) * _NEWEST_WEIGHS
        self.now()
        if not self._follows or self._at - self._adjusted_at < _ADJUST_EVERY_S:
            return
        self._adjusted_at = self._at
        if self._answer_s > _LATE_S:
            self.speed = max(self._slowest, self.speed * 0.8)
        elif self._answer_s < _LATE_S / 2:
            self.speed = min(self.fastest, self.speed * 1.1)
