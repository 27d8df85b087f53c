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


def in_cells(cars: Iterable[Car], resolution: int) -> tuple[list[list[Any]], int]:
    """H3 cell and cars by state of each, sorted, and their resolution: this one, or the next with few enough cells."""
    cars = list(cars)
    while len(counts := _counted(cars, resolution)) > MOST_CELLS:
        resolution -= 1
    return [[cell, *by_state] for cell, by_state in sorted(counts.items())], resolution


def finest(viewport: Viewport) -> int:
    """The resolution at which the viewport has about `MOST_CELLS` cells, by their mean area."""
    parallel_km = _DEGREE_KM * math.cos(math.radians((viewport.south + viewport.north) / 2))
    km2 = (viewport.north - viewport.south) * _DEGREE_KM * (viewport.east - viewport.west) * parallel_km
    cells = _RESOLUTION_0_KM2 * MOST_CELLS / max(km2, 1e-6)
    return max(0, min(_FINEST, round(math.log(cells, 7))))


def _counted(cars: Iterable[Car], resolution: int) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for car in cars:
        counts.setdefault(_cell(car, resolution), [0, 0, 0, 0])[car.state] += 1
    return counts


def _cell(car: Car, resolution: int) -> str:
    """The car's cell, which is kept until it moves."""
    cell = car.cells.get(resolution)
    if cell is None:
        from h3 import latlng_to_cell

        cell = latlng_to_cell((car.lat or 0) / COORDINATE, (car.lng or 0) / COORDINATE, resolution)
        car.cells[resolution] = cell
    return cell
