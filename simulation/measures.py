"""Waiting times of the people in a simulation."""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar


def percentile(values: list[float], percent: float) -> float | None:
    """The nearest-rank percentile; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]


class Latencies:
    """Milliseconds by name; `NAMES` says what each one is."""

    NAMES: ClassVar[dict[str, str]] = {
        "match": "rider's request → rider told of the driver",
        "offer": "rider's request → first offer on a driver's phone",
        "accept_to_rider": "driver's accept → rider told",
        "position_to_index": "driver's position sent → indexed",
    }

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, seconds: float) -> None:
        self._values[name].append(seconds * 1000)

    def count(self, name: str) -> int:
        return len(self._values[name])

    def summary(self) -> dict[str, dict[str, float | None]]:
        """`{"match": {"p50": ms, "p99": ms}, …}`; None if nothing was measured."""
        return {
            name: {f"p{percent}": _rounded(percentile(self._values[name], percent)) for percent in (50, 99)}
            for name in self.NAMES
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
