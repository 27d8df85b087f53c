"""Fairness: among drivers who match about equally well, the one who has waited longest is preferred."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IdleTime:
    """A driver who has just become free is treated as further away, by at most `tolerance_s`.

    If the pickups of two drivers differ by more than that, the nearer driver is asked, however long the other has
    waited. If they differ by less, the driver who has waited longer may come first. Half of the handicap is gone after
    `half_after_s`, so the first minutes count most. The driver who has waited longer always has the smaller handicap.
    """

    tolerance_s: float = 8.0
    half_after_s: float = 600.0

    def handicap_s(self, idle_s: float) -> float:
        return self.tolerance_s * self.half_after_s / (self.half_after_s + max(0.0, idle_s))
