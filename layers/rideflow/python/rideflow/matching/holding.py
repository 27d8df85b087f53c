"""Which matches are made at once, and which are held since a better one is likely to come."""

from __future__ import annotations

import math
from dataclasses import dataclass

_USUAL_DRIVING = 200
"""Drivers on trips for whom the seconds below were measured."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The longest pickup that is accepted: what is further is held, and more is accepted the longer the rider waits.

    A driver who drops off nearby in a moment, or a rider who asks next to this driver, makes a better match than a far
    one. Where `d` drivers become free per second and square metre, anywhere, a second of holding saves
    `d * pi * r**3 / (3 * v)` seconds of a pickup of `r` metres at `v` m/s, and pays while that is more than a second.
    So the break-even pickup shrinks with the cube root of the drivers who are on trips. The square root serves a city
    as well, and does not let the riders of a small town wait for the few who drive there.

    Growth with the wait serves riders in quarters to which nobody comes. See ADR 77 for how the figures were chosen.
    """

    at_once_s: float = 140.0
    per_waited_s: float = 4.0

    def longest_pickup_s(self, waited_s: float, drivers_on_trips: int) -> float:
        if drivers_on_trips <= 0:
            return math.inf
        return (self.at_once_s + self.per_waited_s * waited_s) * math.sqrt(_USUAL_DRIVING / drivers_on_trips)
