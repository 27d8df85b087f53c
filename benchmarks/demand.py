"""The cost of counting the places of recent requests and of free drivers, which a matcher does once a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from benchmarks.capture import bare
from benchmarks.crowd import Crowd
from benchmarks.fixtures import ZONE
from benchmarks.stopwatch import Stopwatch
from benchmarks.timing import side_by_side

_REQUESTS_OF_A_DRIVER = 2
"""Requests in an hour: about the most that one driver can serve."""


@dataclass(frozen=True)
class DemandCost:
    """Milliseconds of one count; `ratio` is that of the two medians."""

    TABLE: ClassVar[str] = "Counts of a zone's riders and drivers, beside their bare store calls (ms)"

    name: str
    requests_of_the_hour: int
    p50_ms: float
    floor_p50_ms: float
    ratio: float


def demand_cost(crowd: Crowd, drivers: int, rounds: int) -> DemandCost:
    """The cost for a crowd of this many free drivers, after an hour of their requests."""
    from rideflow.dispatch.demand import DemandSnapshots
    from rideflow.dispatch.wiring import ticks
    from rideflow.markets.wiring import markets

    requests = _REQUESTS_OF_A_DRIVER * drivers
    crowd.asked_lately(requests)
    stopwatch = Stopwatch()
    used, zone = ticks().demand, markets().zone(ZONE)

    def ours() -> None:
        """Count as a matcher that has no count yet."""
        demand = DemandSnapshots(used.offers, used.search, used.neighbours)
        with stopwatch.on_stores():
            demand.opportunity_cost(zone, crowd.now)

    ours()
    floor = bare(crowd.connection, stopwatch.statements, crowd.client, stopwatch.scripts)
    took, bare_took = side_by_side(rounds, ours, floor)
    return DemandCost(
        f"demand_{drivers}_drivers",
        requests,
        round(took.p50_us / 1000, 2),
        round(bare_took.p50_us / 1000, 2),
        round(took.p50_us / bare_took.p50_us, 2),
    )
