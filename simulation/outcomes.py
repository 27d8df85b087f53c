"""Outcomes of a replay's riders, and their figures."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LOST_COSTS_S = 900.0


@dataclass(frozen=True, slots=True)
class Ride:
    """The outcome of a request that was served."""

    assign_delay_s: float
    pickup_s: float
    driver: int = 0

    @property
    def wait_s(self) -> float:
        return self.assign_delay_s + self.pickup_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one replay, or the means of several. `served` is in percent of all requests.

    `rides_gini` is the Gini coefficient of rides per driver, all of whom are there all the time; 0 means that each has
    the same number.
    """

    served: float
    wait_mean_s: float
    wait_p50_s: float
    wait_p90_s: float
    rider_cost_s: float
    assign_delay_p50_s: float
    rides_gini: float

    @classmethod
    def of(cls, rides: Sequence[Ride | None], drivers: int) -> Outcome:
        served = [ride for ride in rides if ride is not None]
        waits = sorted(ride.wait_s for ride in served)
        lost = len(rides) - len(served)
        rides_of = Counter(ride.driver for ride in served)
        return cls(
            served=100 * len(served) / len(rides) if rides else math.nan,
            wait_mean_s=sum(waits) / len(waits) if waits else math.nan,
            wait_p50_s=_percentile(waits, 50),
            wait_p90_s=_percentile(waits, 90),
            rider_cost_s=(sum(waits) + lost * LOST_COSTS_S) / len(rides) if rides else math.nan,
            assign_delay_p50_s=_percentile(sorted(ride.assign_delay_s for ride in served), 50),
            rides_gini=gini(rides_of.get(driver, 0) for driver in range(drivers)),
        )

    @classmethod
    def mean(cls, outcomes: Sequence[Outcome]) -> Outcome:
        return cls(*(sum(getattr(each, name) for each in outcomes) / len(outcomes) for name in cls.__slots__))


def gini(amounts: Iterable[float]) -> float:
    """C. Gini, "Variabilità e mutabilità" (1912): the mean difference of two shares over twice their mean."""
    ordered = sorted(amounts)
    total, number = sum(ordered), len(ordered)
    if not total:
        return 0.0
    return sum((2 * rank - number - 1) * amount for rank, amount in enumerate(ordered, 1)) / (number * total)


def _percentile(ordered: Sequence[float], percent: float) -> float:
    """Linear between the closest ranks, as numpy has it."""
    if not ordered:
        return math.nan
    place = (len(ordered) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
