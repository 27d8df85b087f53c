"""The port for expected travel times, and the estimate that needs no router."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class TravelTimes(Protocol):
    """Expected driving time in seconds over a straight-line distance in metres."""

    def seconds(self, distance_m: float) -> float: ...


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Streets are `detour` times as long as the straight line, driven at `speed_mps`.

    The defaults are those of recorded San Francisco trips: 1.24, and 25 km/h.
    """

    detour: float = 1.24
    speed_mps: float = 25 / 3.6

    def seconds(self, distance_m: float) -> float:
        return distance_m * self.detour / self.speed_mps
