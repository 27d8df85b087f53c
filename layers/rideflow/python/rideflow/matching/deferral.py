"""Match deferral: a poor match is not made if a better one is likely to come soon."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from rideflow.markets.model import Market

_USUAL_DRIVING = 200
"""The number of drivers on trips for which the seconds below were measured."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """The longest pickup that is accepted. A longer one is deferred. The limit grows while the rider waits.

    A driver who soon drops off nearby, or a rider who requests a trip next to this driver, makes a better match than a
    distant one. If `d` drivers become free per second and square metre, a second of deferral saves
    `d * pi * r**3 / (3 * v)` seconds of a pickup of `r` metres at `v` m/s. Deferral pays while that is more than a
    second. So the break-even pickup shrinks with the cube root of the number of drivers on trips. The square root works
    as well in a city, and in a small town it does not make riders wait for the few drivers there.

    The growth with the wait serves riders in quarters that no driver comes to. ADR 77 says how the figures were chosen.
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
