"""Policies for comparison with a dispatcher's: the obvious ones, without any look ahead."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from rideflow.matching.assignment import UNASSIGNED, assign
from rideflow.matching.world import Proposal, World
from simulation.replay import LONGEST_PICKUP_M, PLANE, TRAVEL

_LEFT_OUT_M = 1e7
"""Worse than any pickup: as many riders as possible are served."""

type Metres = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""Distances of each request (row) to each driver (column); infinite if it is too far to be served."""


class Nearest:
    """The oldest request first; each gets the nearest of the remaining drivers."""

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        metres = _metres(world)
        pairs = []
        for row in sorted(range(len(world.requests)), key=lambda row: world.requests[row].opened_at_s):
            column = int(metres[row].argmin())
            if metres[row, column] < np.inf:
                pairs.append((row, column, float(metres[row, column])))
                metres[:, column] = np.inf
        return _proposals(world, pairs)


class ShortestEdge:
    """The shortest way to a pickup first, of all requests."""

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        metres = _metres(world)
        pairs = []
        while metres.min(initial=np.inf) < np.inf:
            row, column = (int(index) for index in np.unravel_index(metres.argmin(), metres.shape))
            pairs.append((row, column, float(metres[row, column])))
            metres[row, :] = metres[:, column] = np.inf
        return _proposals(world, pairs)


class Optimal:
    """The joint assignment with the shortest ways in total, which the Hungarian method finds too."""

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        metres = _metres(world)
        rows = [[(int(column), float(row[column])) for column in np.flatnonzero(row < np.inf)] for row in metres]
        chosen = enumerate(assign(rows, len(world.drivers), _LEFT_OUT_M))
        pairs = [(row, column, float(metres[row, column])) for row, column in chosen if column != UNASSIGNED]
        return _proposals(world, pairs)


def _metres(world: World[Any, Any]) -> Metres:
    pickups = np.array([PLANE.metres(request.lat, request.lng) for request in world.requests])
    cars = np.array([PLANE.metres(driver.lat, driver.lng) for driver in world.drivers])
    apart = pickups[:, None, :] - cars[None, :, :]
    metres: Metres = np.hypot(apart[..., 0], apart[..., 1])
    metres[metres > LONGEST_PICKUP_M] = np.inf
    return metres


def _proposals[Trip: Hashable, Driver: Hashable](
    world: World[Trip, Driver], pairs: Iterable[tuple[int, int, float]]
) -> list[Proposal[Trip, Driver]]:
    return [
        Proposal(world.requests[row].trip_id, world.drivers[column].driver_id, metres, TRAVEL.seconds(metres))
        for row, column, metres in pairs
    ]
