"""Forward dispatch: a driver who is about to drop off is asked to take the next trip."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Self

from rideflow.markets.model import Market
from rideflow.markets.travel import TravelTimes
from rideflow.matching.assignment import UNASSIGNED, assign
from rideflow.matching.deferral import Deferral
from rideflow.matching.policies import LEFT_OUT, nearest_drivers, own_class_first
from rideflow.matching.search import SearchRadius
from rideflow.matching.world import FreeDriver, OpenRequest, Policy, Proposal, World


@dataclass(frozen=True)
class Forward:
    """A request to which `policy` gave no driver is offered to a driver who drops off near it within `within_s`.

    | a free driver             | a finishing driver         | the trip | the request is            |
    |---------------------------|----------------------------|----------|---------------------------|
    | is near enough            |                            |          | offered to the free one   |
    | is absent or too far away | drops off within `near_s`  | is short | offered to the finishing  |
    | is absent or too far away | drops off further away     |          | left to the next tick     |
    | is absent or too far away |                            | is long  | left to the next tick     |

    A promise binds a driver before the requests next to their dropoff are known. So it must be as good as the best of
    those: a pickup next door. Long trips wait for free drivers, because the driver can serve two short ones instead.
    The limit of deferral holds for the rest of the trip in hand plus the way from its dropoff. So a finishing driver
    who is offered a trip beats every free driver. ADR 88 says how the figures were chosen.
    """

    policy: Policy
    within_s: float
    travel_times: TravelTimes
    search: SearchRadius
    deferral: Deferral
    near_s: float = 45.0
    longest_trip_s: float = 500.0
    candidates: int = 12

    @classmethod
    def of(cls, market: Market, policy: Policy, within_s: float) -> Self:
        """Forward dispatch with the market's figures."""
        return cls(policy, within_s, market.travel.to_pickups, SearchRadius.of(market), Deferral.of(market))

    def decide[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        proposals = self.policy.decide(world)
        finishing = [driver for driver in world.finishing if driver.free_in_s <= self.within_s]
        if not finishing:
            return proposals
        served = {proposal.trip_id for proposal in proposals}
        requests = [
            request
            for request in world.requests
            if request.trip_id not in served
            and request.offers_wanted > 0
            and request.live_offers == 0
            and request.trip_s <= self.longest_trip_s
        ]
        return proposals + self._forwarded(replace(world, requests=requests, drivers=finishing))

    def _forwarded[Trip: Hashable, Driver: Hashable](self, world: World[Trip, Driver]) -> list[Proposal[Trip, Driver]]:
        near = nearest_drivers(world, world.requests, self.search, self.candidates, self.travel_times)
        reached = [
            [
                (metres, index)
                for metres, index in found
                if self.travel_times.seconds(metres) <= self.near_s
                and self._eta_s(metres, world.drivers[index]) <= self._limit_s(request, world)
            ]
            for request, found in zip(world.requests, near, strict=True)
        ]
        costs = [
            own_class_first(
                [(index, math.sqrt(self._eta_s(metres, world.drivers[index]))) for metres, index in found],
                request,
                world.drivers,
            )
            for request, found in zip(world.requests, reached, strict=True)
        ]
        chosen = assign(costs, len(world.drivers), LEFT_OUT)
        return [
            Proposal(request.trip_id, driver.driver_id, metres, self._eta_s(metres, driver), driver.free_in_s)
            for request, found, column in zip(world.requests, reached, chosen, strict=True)
            if column != UNASSIGNED
            for metres, index in found
            if index == column
            for driver in [world.drivers[index]]
        ]

    def _eta_s[Driver: Hashable](self, metres: float, driver: FreeDriver[Driver]) -> float:
        return driver.free_in_s + self.travel_times.seconds(metres)

    def _limit_s[Trip: Hashable, Driver: Hashable](
        self, request: OpenRequest[Trip, Driver], world: World[Trip, Driver]
    ) -> float:
        waited_s = world.now_s - request.opened_at_s
        return self.deferral.longest_pickup_s(waited_s, world.drivers_on_trips)
