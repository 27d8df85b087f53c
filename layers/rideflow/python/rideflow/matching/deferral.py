"""Match deferral: which matches are made at once, and which wait for a better one that is likely to come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from rideflow.markets.model import Market

_USUAL_DRIVING = 200
"""The number of drivers on trips for which the seconds below were measured."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """The longest pickup that is accepted. A longer one is deferred; the longer the rider waits, the more is accepted.

    A driver who drops off nearby in a moment, or a rider who requests a trip next to this driver, makes a better match
    than a distant one. If `d` drivers become free per second and square metre, a second of deferral saves
    `d * pi * r**3 / (3 * v)` seconds of a pickup of `r` metres at `v` m/s, and pays while that is more than a second.
    So the break-even pickup shrinks with the cube root of the number of drivers on trips. The square root serves a
    city as well, and does not let the riders of a small town wait for the few who drive there.

    Growth with the wait serves riders in quarters that no driver comes to. See ADR 77 for how the figures were chosen.
    """

    at_once_s: float
    per_waited_s: float

    @classmethod
    def of(cls, market: Market) -> Self:
        figures = market.matching.deferral
        return cls(figures.at_once_s, figures.per_waited_s)

    def longest_pickup_s(self, waited_s: float, drivers_on_trips: int) -> float:
        if drivers_on_trips <= 0:
            return math.inf
        return (self.at_once_s + self.per_waited_s * waited_s) * math.sqrt(_USUAL_DRIVING / drivers_on_trips)
