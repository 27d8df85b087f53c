"""What a driver is worth where they stand: much where riders ask and few others are free."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from rideflow.kernel.cells import Cell, area_km2, cell_at

LATELY = timedelta(hours=1)
"""How long requests say where riders ask. Half an hour and two hours do as well (ADR 89)."""

RENEWED_AFTER = timedelta(minutes=1)
"""Neither demand nor supply moves far in a minute."""

type Counts = Mapping[tuple[str, Cell], int]
"""How many, of a class of vehicle and in a cell."""

_COLUMNS, _ROWS = 1, 2
"""To both sides of a cell: what is counted there counts here, about a kilometre and a half each way."""

_REQUESTS_PER_HOUR_AND_KM2 = 5.0
_DRIVERS_PER_KM2 = 1.6
"""A place's first few requests are chance, and so are its first few drivers."""


@dataclass(frozen=True, slots=True)
class Worth:
    """By class of vehicle and cell, without a unit; `Worth()` has all places alike.

    With `l` requests per hour and square kilometre and `d` free drivers per square kilometre a place is worth
    `ln(1 + (l / 5) / sqrt(1 + d / 1.6))`. It grows with the requests that come before another car does, and falls with
    the way that the next car has to come, which is as the root of the density of cars. So a driver is spared who would
    be missed, and where nobody asks the nearest is asked.
    """

    of_class: Mapping[str, Mapping[Cell, float]] = field(default_factory=dict)

    def at(self, vehicle_class: str, lat: float, lng: float) -> float:
        cells = self.of_class.get(vehicle_class)
        return cells.get(cell_at(lat, lng), 0.0) if cells else 0.0

    @classmethod
    def of(cls, requests: Counts, free: Counts) -> Worth:
        """Of the requests that came `LATELY`, and the drivers who are free now."""
        asked, standing = _by_class(requests), _by_class(free)
        of_class: dict[str, Mapping[Cell, float]] = {}
        for vehicle_class, riders in asked.items():
            drivers = _around(standing.get(vehicle_class, {}))
            of_class[vehicle_class] = {
                cell: _worth(cell, number, drivers.get(cell, 0.0)) for cell, number in _around(riders).items()
            }
        return cls(of_class)


def _worth(cell: Cell, requests: float, drivers: float) -> float:
    area = area_km2(cell)
    asked = requests * (timedelta(hours=1) / LATELY) / area / _REQUESTS_PER_HOUR_AND_KM2
    standing = drivers / area / _DRIVERS_PER_KM2
    return math.log1p(asked / math.sqrt(1 + standing))


def _by_class(counts: Counts) -> dict[str, dict[Cell, int]]:
    by_class: dict[str, dict[Cell, int]] = defaultdict(dict)
    for (vehicle_class, cell), number in counts.items():
        by_class[vehicle_class][cell] = number
    return by_class


def _around(cells: Mapping[Cell, int]) -> dict[Cell, float]:
    """The mean of the cells around each."""
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
