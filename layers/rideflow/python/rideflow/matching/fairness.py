"""Whom an equally good match is given to: the driver who waits longest (DI10)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turns:
    """A driver who has just become free is thought of as further away, by `tolerance_s` at most.

    So of two drivers whose pickups differ by more than that the nearer one is asked, whoever has waited; within it the
    one who has waited longer may come first. Half of it is gone after `half_after_s`: the first minutes count most, and
    of two drivers the one who has waited longer always has the smaller handicap.
    """

    tolerance_s: float = 8.0
    half_after_s: float = 600.0

    def handicap_s(self, idle_s: float) -> float:
        return self.tolerance_s * self.half_after_s / (self.half_after_s + max(0.0, idle_s))
