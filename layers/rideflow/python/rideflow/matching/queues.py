"""Airport queues: a request there is offered to the driver who has waited longest, not to the nearest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from rideflow.kernel.geo import Point, distance_m
from rideflow.markets.travel import TravelTimes
from rideflow.matching.eligibility import is_eligible, is_upgrade
from rideflow.matching.world import FreeDriver, OpenRequest, Proposal, World


def queue_matches[Trip: Hashable, Driver: Hashable](
    world: World[Trip, Driver], travel_times: TravelTimes
) -> tuple[list[Proposal[Trip, Driver]], World[Trip, Driver]]:
    """The proposals of the queues, and the world without their requests and drivers.

    | the request's queue holds        | its live offers | the request is                |
    |----------------------------------|-----------------|-------------------------------|
    | an eligible driver               | none            | offered to the first of them  |
    | an eligible driver               | some            | left until they are answered  |
    | no eligible driver (any more)    |                 | left to the drivers around    |

    The rider who has waited longest comes first.
    """
    if not world.queues:
        return [], world
    proposals: list[Proposal[Trip, Driver]] = []
    asked: set[Driver] = set()
    settled: set[Trip] = set()
    for request in sorted(world.requests, key=lambda each: each.opened_at_s):
        in_order = world.queues.get(request.queue, ()) if request.queue else ()
        eligible = (
            each
            for each in in_order
            if each.driver_id not in asked and is_eligible(each, request, world.now_s, travel_times)
        )
        first = _first(eligible, request)
        if first is None or request.offers_wanted <= 0:
            continue
        settled.add(request.trip_id)
        if request.live_offers == 0:
            asked.add(first.driver_id)
            proposals.append(_proposal(request, first, travel_times))
    requests = [request for request in world.requests if request.trip_id not in settled]
    drivers = [driver for driver in world.drivers if driver.driver_id not in asked]
    return proposals, replace(world, requests=requests, drivers=drivers)


def _first[Driver: Hashable](
    eligible: Iterable[FreeDriver[Driver]], request: OpenRequest[object, Driver]
) -> FreeDriver[Driver] | None:
    """The first driver of the product's own classes; if there is none, the first who takes it as an upgrade."""
    upgrade = None
    for driver in eligible:
        if not is_upgrade(driver, request):
            return driver
        upgrade = upgrade or driver
    return upgrade


def _proposal[Trip: Hashable, Driver: Hashable](
    request: OpenRequest[Trip, Driver], driver: FreeDriver[Driver], travel_times: TravelTimes
) -> Proposal[Trip, Driver]:
    metres = distance_m(Point(lat=request.lat, lng=request.lng), Point(lat=driver.lat, lng=driver.lng))
    return Proposal(request.trip_id, driver.driver_id, metres, travel_times.seconds(metres))
