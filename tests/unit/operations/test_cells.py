"""Cars in cells: few enough for a frame, and fine enough to be worth looking at, whatever the viewport."""

from __future__ import annotations

from random import Random

import pytest

from rideflow.operations.channel.cells import finest, in_cells
from rideflow.operations.channel.fleet import Car
from rideflow.operations.channel.model import COORDINATE, MOST_CELLS, Viewport


def cars_in(viewport: Viewport, number: int = 6_000) -> list[Car]:
    random = Random(1)
    return [
        Car(
            "sf-bay",
            0,
            round(random.uniform(viewport.south, viewport.north) * COORDINATE),
            round(random.uniform(viewport.west, viewport.east) * COORDINATE),
            state=random.randrange(4),
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("degrees", [0.02, 0.05, 0.1, 0.17, 0.3, 0.5, 0.8, 1.3, 2, 5, 10])
def test_cells_are_few_enough_and_fine_enough_whatever_the_viewport(degrees: float) -> None:
    viewport = Viewport(south=37, west=-122, north=37 + degrees, east=-122 + degrees)

    cells, resolution = in_cells(cars_in(viewport), finest(viewport))

    assert 40 < len(cells) <= MOST_CELLS
    assert sum(sum(by_state) for _, *by_state in cells) == 6_000
    assert in_cells(cars_in(viewport), resolution) == (cells, resolution)


def test_the_whole_world_has_cells_too() -> None:
    world = Viewport(south=-90, west=-180, north=90, east=180)

    cells, _ = in_cells(cars_in(world), finest(world))

    assert 40 < len(cells) <= MOST_CELLS


def test_cells_count_their_cars_by_state() -> None:
    here = [Car("sf-bay", 0, 3_777_490, -12_241_940, state=state) for state in (0, 0, 1, 2, 3, 3)]

    assert in_cells(here, 7) == ([["872830828ffffff", 2, 1, 1, 2]], 7)
