"""Cars counted in H3 cells, for a viewport that has too many to show each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from rideflow.operations.channel.fleet import Car
from rideflow.operations.channel.model import COORDINATE, MOST_CELLS, Viewport

_RESOLUTION_0_KM2 = 4_357_449
"""The mean area of H3's cells of resolution 0. Each further resolution has a seventh of it (h3geo.org, statistics)."""

_DEGREE_KM = 111.195
_FINEST = 12


def in_cells(cars: Iterable[Car], viewport: Viewport) -> list[list[Any]]:
    """H3 cell and cars by state of each, at the finest resolution that has at most `MOST_CELLS`, sorted."""
    cars, resolution = list(cars), _resolution(viewport)
    while len(counts := _counted(cars, resolution)) > MOST_CELLS:
        resolution -= 1
    return [[cell, *by_state] for cell, by_state in sorted(counts.items())]


def _counted(cars: Iterable[Car], resolution: int) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for car in cars:
        counts.setdefault(_cell(car, resolution), [0, 0, 0, 0])[car.state] += 1
    return counts


def _cell(car: Car, resolution: int) -> str:
    """The car's cell, which is kept until it moves."""
    if car.cell is None or car.cell[0] != resolution:
        from h3 import latlng_to_cell

        car.cell = (resolution, latlng_to_cell((car.lat or 0) / COORDINATE, (car.lng or 0) / COORDINATE, resolution))
    return car.cell[1]


def _resolution(viewport: Viewport) -> int:
    """The finest resolution at which the viewport has about `MOST_CELLS` cells or fewer."""
    parallel_km = _DEGREE_KM * math.cos(math.radians((viewport.south + viewport.north) / 2))
    km2 = (viewport.north - viewport.south) * _DEGREE_KM * (viewport.east - viewport.west) * parallel_km
    cells = _RESOLUTION_0_KM2 * MOST_CELLS / max(km2, 1e-6)
    return max(0, min(_FINEST, math.floor(math.log(cells, 7))))
