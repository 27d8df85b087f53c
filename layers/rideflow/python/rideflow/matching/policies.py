"""The policies by which a zone can be dispatched."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from rideflow.markets.model import Market
from rideflow.markets.travel import TravelTimes
from rideflow.matching.assignment import UNASSIGNED, assign
from rideflow.matching.deferral import Deferral
from rideflow.matching.eligibility import is_upgrade
from rideflow.matching.fairness import IdleTime
from rideflow.matching.queues import queue_matches
from rideflow.matching.search import Neighbourhood, Plane, SearchRadius
from rideflow.matching.world import FreeDriver, OpenRequest, Proposal, World

LEFT_OUT = 100_000.0
"""More than any pickup costs, so that no request is left out to save others time."""

_LATITUDE_OF_NOBODY = 0.0

_UPGRADE_COST = 1e-6
"""So small that it only decides between matches of the same cost."""

_SPARE = 4
"""How many more drivers than needed are found, so that the one who has waited longest can come first among them."""


@dataclass(frozen=True)
class JointAssignment:
    """One driver for each request. All requests are decided together, and poor matches are deferred.

    The assignment has the least total of the square roots of the times to the pickups. So it makes one good match and
    one poor match rather than two middling ones. The poor match is deferred, so no rider loses a driver by it.

    If there are fewer drivers than requests, `trip_weight` helps to decide which requests are left out: a driver serves
    two short trips in the time of a long one. If there is a driver for each request, it changes nothing.

    `idle_time` prefers drivers who have waited longer, among matches that are about as good. Drivers stay where they
    are needed, because a match costs `opportunity_weight` times the opportunity cost of its driver's place.

    For each request at least the `candidates` nearest drivers are considered. With fewer, requests that compete for the
    same few cars would find no alternative. A request that finds no driver is tried again with the drivers that are
    left. If few riders wait, up to `most_candidates` drivers are considered for each, until there are `matches` pairs
    to choose from. So a driver who is not needed at their place is likely to be among them.
    """

    travel_times: TravelTimes
    search: SearchRadius
    deferral: Deferral
    idle_time: IdleTime = field(default_factory=IdleTime)
    trip_weight: float = 0.01
    opportunity_weight: float = 8.0
    candidates: int = 12
    most_candidates: int = 48
    matches: int = 1_200

    @classmethod
    def of(cls, market: Market) -> Self:
        """Joint assignment with the market's figures."""
        return cls(market.travel.to_pickups, SearchRadius.of(market), Deferral.of(market))

    def drivers_each(self, requests: int) -> int:
        """How many of the nearest drivers are considered for each request, if there are this many requests."""
        return max(self.candidates, min(self.most_candidates, self.matches // max(1, requests)))

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        proposals, world = queue_matches(world, self.travel_times)
        requests = [request for request in world.requests if request.offers_wanted > 0]
        weight = self.trip_weight * min(1.0, len(requests) / (len(world.drivers) + 1))
        left = replace(world, requests=requests)
        while left.requests and left.drivers:
            matches = self._assigned(left, weight)
            if not matches:
                break
            for row, proposal in matches:
                if proposal.pickup_eta_s <= self._longest_pickup_s(left.requests[row], world):
                    proposals.append(proposal)
            left = _without(left, matches)
        return proposals

    def _assigned[Trip: Hashable, Driver: Hashable](
        self, world: World[Trip, Driver], trip_weight: float
    ) -> list[tuple[int, Proposal[Trip, Driver]]]:
        """(index of the request, its match), including matches that will be deferred.

        A request is missing if all of its nearest drivers are taken.
        """
        drivers_each = self.drivers_each(len(world.requests))
        near = nearest_drivers(world, world.requests, self.search, drivers_each, self.travel_times)
        seconds = self.travel_times.seconds
        handicaps = _handicaps(world, self.idle_time)
        places = [
            self.opportunity_weight * world.opportunity_cost.at(each.vehicle_class, each.lat, each.lng)
            for each in world.drivers
        ]
        costs = [
            [
                (driver, math.sqrt(seconds(metres) + handicaps[driver]) + trip_weight * request.trip_s + places[driver])
                for metres, driver in found
            ]
            for request, found in zip(world.requests, near, strict=True)
        ]
        if any(driver.traits.takes_upgrades for driver in world.drivers):
            costs = [
                own_class_first(row, request, world.drivers) for row, request in zip(costs, world.requests, strict=True)
            ]
        chosen = assign(costs, len(world.drivers), LEFT_OUT)
        return [
            (row, Proposal(world.requests[row].trip_id, world.drivers[column].driver_id, metres, seconds(metres)))
            for row, (found, column) in enumerate(zip(near, chosen, strict=True))
            if column != UNASSIGNED
            for metres, driver in found
            if driver == column
        ]

    def _longest_pickup_s(self, request: OpenRequest[Any, Any], world: World[Any, Any]) -> float:
        return self.deferral.longest_pickup_s(world.now_s - request.opened_at_s, world.drivers_on_trips)


@dataclass(frozen=True)
class Broadcast:
    """The nearest drivers of each request are asked at the same time, and the first accept wins.

    The rider who has waited longest comes first.
    """

    travel_times: TravelTimes
    search: SearchRadius
    idle_time: IdleTime = field(default_factory=IdleTime)

    @classmethod
    def of(cls, market: Market) -> Self:
        """Broadcast with the market's figures."""
        return cls(market.travel.to_pickups, SearchRadius.of(market))

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        proposals, world = queue_matches(world, self.travel_times)
        requests = sorted(
            (request for request in world.requests if request.offers_wanted > 0), key=lambda each: each.opened_at_s
        )
        most = sum(request.offers_wanted for request in requests)
        handicaps = _handicaps(world, self.idle_time)
        asked: set[int] = set()
        near = nearest_drivers(world, requests, self.search, most + _SPARE, self.travel_times)
        for request, found in zip(requests, near, strict=True):
            free = [
                (self.travel_times.seconds(metres), metres, driver) for metres, driver in found if driver not in asked
            ]
            free.sort(key=lambda each: (each[0] + handicaps[each[2]], is_upgrade(world.drivers[each[2]], request)))
            for seconds, metres, driver in free[: request.offers_wanted]:
                asked.add(driver)
                proposals.append(Proposal(request.trip_id, world.drivers[driver].driver_id, metres, seconds))
        return proposals


def own_class_first[Driver: Hashable](
    costs: list[tuple[int, float]], request: OpenRequest[Any, Driver], drivers: Sequence[FreeDriver[Driver]]
) -> list[tuple[int, float]]:
    """The costs with a small addition for upgrades: among equal matches the product's own classes are preferred."""
    return [(driver, cost + _UPGRADE_COST if is_upgrade(drivers[driver], request) else cost) for driver, cost in costs]


def _handicaps(world: World[Any, Any], idle_time: IdleTime) -> list[float]:
    return [idle_time.handicap_s(world.now_s - driver.idle_since_s) for driver in world.drivers]


def _without[Trip: Hashable, Driver: Hashable](
    world: World[Trip, Driver], matches: Sequence[tuple[int, Proposal[Trip, Driver]]]
) -> World[Trip, Driver]:
    """The requests and drivers that were not matched."""
    trips = {proposal.trip_id for _, proposal in matches}
    drivers = {proposal.driver_id for _, proposal in matches}
    return replace(
        world,
        requests=[request for request in world.requests if request.trip_id not in trips],
        drivers=[driver for driver in world.drivers if driver.driver_id not in drivers],
    )


def nearest_drivers[Trip: Hashable, Driver: Hashable](
    world: World[Trip, Driver],
    requests: Sequence[OpenRequest[Trip, Driver]],
    search: SearchRadius,
    at_most: int,
    travel_times: TravelTimes,
) -> list[list[tuple[float, int]]]:
    """For each request (metres, index of the driver) of the nearest eligible drivers within its search radius."""
    latitude = search.latitude
    if latitude is None:
        latitude = sum(request.lat for request in requests) / len(requests) if requests else _LATITUDE_OF_NOBODY
    neighbourhood = Neighbourhood(world.drivers, Plane(latitude), travel_times, world.now_s)
    return [
        neighbourhood.nearest(request, search.at(world.now_s - request.opened_at_s), at_most) for request in requests
    ]
