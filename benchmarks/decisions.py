"""The duration of a tick's decision by the size of the zone, and its distance from the optimum.

The policy looks only at the nearest drivers of each request, so that its graph is sparse. It is compared with the
optimum of the full matrix, by the same costs: SciPy's `linear_sum_assignment`, after D. F. Crouse, "On implementing 2D
rectangular assignment algorithms", IEEE Transactions on Aerospace and Electronic Systems 52 (2016). No pickup is
deferred, the opportunity cost of places is that of the moment's riders and drivers, and a request that is left out
costs as much as the furthest pickup by the driver whose place costs most.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from benchmarks.sizes import ZoneSize
from rideflow.kernel.cells import Cell, cell_at
from rideflow.kernel.vehicles import ServingClasses
from rideflow.markets.wiring import markets
from rideflow.matching.opportunity_cost import OpportunityCost
from rideflow.matching.policies import JointAssignment
from rideflow.matching.search import Plane
from rideflow.matching.world import FreeDriver, OpenRequest, World
from simulation.measures import percentile

_CLASS = "economy"
_SERVING = ServingClasses((_CLASS,))
_CENTRE = (37.7749, -122.4194)
_PLANE = Plane(_CENTRE[0])
_TOWN_M = 12_000
_DOWNTOWN_M = 1_500
"""Half of the riders and a third of the drivers are around the centre with this standard deviation, the others anywhere
in a square of `_TOWN_M`. If many riders compete for a few cars, considering only the nearest can miss the optimum."""
_WAITED_S = 15.0
"""Long enough for the widest circle."""

type Costs = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class DecisionCost:
    """Milliseconds of one decision. `cost_ratio` is its total cost over the optimum's of the full matrix."""

    TABLE: ClassVar[str] = "Decisions of a tick, beside the optimum of the full matrix (ms)"

    name: str
    requests: int
    drivers: int
    p50_ms: float
    full_matrix_p50_ms: float
    time_ratio: float
    matches: int
    most_matches: int
    cost_ratio: float


def decision_costs(sizes: Sequence[ZoneSize], rounds: int, seed: int = 1) -> Iterator[DecisionCost]:
    """One row for each size, over a different town in each round."""
    draw = np.random.default_rng(seed)
    for size in sizes:
        yield _decision_cost([_town(size, draw) for _ in range(rounds)], size)


def _decision_cost(towns: Sequence[World[int, int]], size: ZoneSize) -> DecisionCost:
    policy = JointAssignment.of(markets().named("san_francisco"))
    furthest = math.sqrt(policy.travel_times.seconds(policy.search.at(_WAITED_S)))
    took, full_took = [], []
    matches = most = 0
    cost = least_cost = 0.0
    for town in towns:
        began = time.perf_counter()
        proposals = policy.decide(town)
        took.append(time.perf_counter() - began)
        spared = _spared(town, policy)
        left_out = furthest + float(spared.max())
        began = time.perf_counter()
        chosen = _optimum(town, policy, spared, left_out)
        full_took.append(time.perf_counter() - began)
        matches, most = matches + len(proposals), most + int((chosen < left_out).sum())
        cost += sum(math.sqrt(proposal.pickup_eta_s) + spared[proposal.driver_id] for proposal in proposals)
        cost += left_out * (size.requests - len(proposals))
        least_cost += float(chosen.sum()) + left_out * (size.requests - len(chosen))
    p50, full_p50 = (percentile(times, 50) or 0.0 for times in (took, full_took))
    return DecisionCost(
        name=f"decide_{size.requests}_requests_{size.drivers}_drivers",
        requests=size.requests,
        drivers=size.drivers,
        p50_ms=round(1000 * p50, 1),
        full_matrix_p50_ms=round(1000 * full_p50, 1),
        time_ratio=round(p50 / full_p50, 3),
        matches=matches,
        most_matches=most,
        cost_ratio=round(cost / least_cost, 4),
    )


def _town(size: ZoneSize, draw: np.random.Generator) -> World[int, int]:
    riders, cars = _places(size.requests, 1 / 2, draw), _places(size.drivers, 1 / 3, draw)
    requests = [OpenRequest[int, int](index, lat, lng, _SERVING, -_WAITED_S) for index, (lat, lng) in enumerate(riders)]
    drivers = [FreeDriver(index, lat, lng, _CLASS) for index, (lat, lng) in enumerate(cars)]
    return World(0.0, requests, drivers, opportunity_cost=OpportunityCost.of(_counted(requests), _counted(drivers)))


def _counted(people: Sequence[OpenRequest[int, int] | FreeDriver[int]]) -> Counter[tuple[str, Cell]]:
    return Counter((_CLASS, cell_at(each.lat, each.lng)) for each in people)


def _places(number: int, downtown: float, draw: np.random.Generator) -> list[tuple[float, float]]:
    """(latitude, longitude) of each."""
    metres = np.where(
        draw.random(number)[:, None] < downtown,
        draw.normal(0, _DOWNTOWN_M, (number, 2)),
        draw.uniform(-_TOWN_M / 2, _TOWN_M / 2, (number, 2)),
    )
    degrees = metres / np.array(_PLANE.metres_per_degree()) + np.array(_CENTRE[::-1])
    return [(float(lat), float(lng)) for lng, lat in degrees]


def _spared(town: World[int, int], policy: JointAssignment) -> Costs:
    """The opportunity cost of each driver's place, as it is added to a match's cost."""
    return np.array(
        [
            policy.opportunity_weight * town.opportunity_cost.at(each.vehicle_class, each.lat, each.lng)
            for each in town.drivers
        ]
    )


def _optimum(town: World[int, int], policy: JointAssignment, spared: Costs, left_out: float) -> Costs:
    """The cost of each match of the cheapest joint assignment; `left_out` is the cost of a driver out of reach."""
    from scipy.optimize import linear_sum_assignment

    pickups, cars = (
        np.array([_PLANE.metres(each.lat, each.lng) for each in places]) for places in (town.requests, town.drivers)
    )
    metres = np.hypot(pickups[:, :1] - cars[None, :, 0], pickups[:, 1:] - cars[None, :, 1])
    costs = np.sqrt(metres * policy.travel_times.seconds(1.0)) + spared
    costs[metres > policy.search.at(_WAITED_S)] = left_out
    rows, columns = linear_sum_assignment(costs)
    chosen: Costs = costs[rows, columns]
    return chosen
