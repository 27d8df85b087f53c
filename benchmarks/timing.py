"""Times two calls in alternation, so that a machine's drift affects both."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulation.measures import percentile


@dataclass(frozen=True)
class Timed:
    """Microseconds of one call."""

    p50_us: float
    p99_us: float

    @classmethod
    def of(cls, seconds: list[float]) -> Timed:
        median, tail = percentile(seconds, 50), percentile(seconds, 99)
        return cls(round((median or 0) * 1e6, 1), round((tail or 0) * 1e6, 1))


def side_by_side(
    repeats: int, *calls: Callable[[], object], before_each: Callable[[], object] = lambda: None
) -> list[Timed]:
    """Each of the calls `repeats` times, in turn: A B A B …; their results are discarded.

    `before_each` runs before every call, off the clock.
    """
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, times in zip(calls, taken, strict=True):
            before_each()
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return [Timed.of(times) for times in taken]


async def side_by_side_async(repeats: int, *calls: Callable[[], Awaitable[object]]) -> list[Timed]:
    """The same for calls that wait: one at a time all the same."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            await call()
            times.append(time.perf_counter() - began)
    return [Timed.of(times) for times in taken]
