"""Opportunity cost: a zone's loss if a driver leaves their place. It is high for many requests and few free drivers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from rideflow.kernel.cells import Cell, area_km2, cell_at

DEMAND_WINDOW = timedelta(hours=1)
"""A request counts as demand of its place for this long. Half an hour or two hours give the same results (ADR 89)."""

SNAPSHOT_MAX_AGE = timedelta(minutes=1)
"""Counts of demand and supply are used for this long: neither changes much in a minute."""

type Counts = Mapping[tuple[str, Cell], int]
"""A number for each vehicle class and cell."""

_COLUMNS, _ROWS = 1, 2
"""Counts are averaged over this many cells on each side of a cell, about a kilometre and a half each way."""

_REQUESTS_PER_HOUR_AND_KM2 = 5.0
_DRIVERS_PER_KM2 = 1.6
"""Scales of the two densities. A place's first few requests are chance, and so are its first few drivers."""


@dataclass(frozen=True, slots=True)
class OpportunityCost:
    """The cost of each vehicle class in each cell, without a unit. `OpportunityCost()` is 0 everywhere.

    With `l` requests per hour and square kilometre, and `d` free drivers per square kilometre, the cost of taking a
    driver from a place is `ln(1 + (l / 5) / sqrt(1 + d / 1.6))`. It grows with the requests that come before another
    car comes. It falls with the root of the density of cars, as the way of the next car does. So a driver who is needed
    at a place stays there. If there is no demand, the nearest driver is asked.
    """

    of_class: Mapping[str, Mapping[Cell, float]] = field(default_factory=dict)

    def at(self, vehicle_class: str, lat: float, lng: float) -> float:
        cells = self.of_class.get(vehicle_class)
        return cells.get(cell_at(lat, lng), 0.0) if cells else 0.0

    @classmethod
    def of(cls, requests: Counts, free: Counts) -> OpportunityCost:
        """The cost by the requests of the last `DEMAND_WINDOW`, and the drivers who are free now."""
        demand, supply = _by_class(requests), _by_class(free)
        of_class: dict[str, Mapping[Cell, float]] = {}
        for vehicle_class, riders in demand.items():
            drivers = _around(supply.get(vehicle_class, {}))
            of_class[vehicle_class] = {
                cell: _cost(cell, number, drivers.get(cell, 0.0)) for cell, number in _around(riders).items()
            }
        return cls(of_class)


def _cost(cell: Cell, requests: float, drivers: float) -> float:
    area = area_km2(cell)
    demand = requests * (timedelta(hours=1) / DEMAND_WINDOW) / area / _REQUESTS_PER_HOUR_AND_KM2
    supply = drivers / area / _DRIVERS_PER_KM2
    return math.log1p(demand / math.sqrt(1 + supply))


def _by_class(counts: Counts) -> dict[str, dict[Cell, int]]:
    by_class: dict[str, dict[Cell, int]] = defaultdict(dict)
    for (vehicle_class, cell), number in counts.items():
        by_class[vehicle_class][cell] = number
    return by_class


def _around(cells: Mapping[Cell, int]) -> dict[Cell, float]:
    """For each cell the mean of the cells around it."""
    along: dict[Cell, int] = defaultdict(int)
    for (column, row), number in cells.items():
        for east in range(-_COLUMNS, _COLUMNS + 1):
            along[column + east, row] += number
    around: dict[Cell, float] = defaultdict(float)
    share = 1 / ((2 * _COLUMNS + 1) * (2 * _ROWS + 1))
    for (column, row), number in along.items():
        for north in range(-_ROWS, _ROWS + 1):
            around[column, row + north] += number * share
    return around
