"""Eligibility: whether a ride may be offered to a driver at all. It does not depend on distance or preference."""

from __future__ import annotations

from collections.abc import Hashable

from rideflow.kernel.geo import Point, distance_m
from rideflow.kernel.ride_requirements import ARRIVED_WITHIN_M, unmet
from rideflow.markets.travel import TravelTimes
from rideflow.matching.world import FreeDriver, OpenRequest

_NEARER_BY = 0.25
"""A trip must bring its driver nearer to their destination by at least this part of the way."""

_DETOUR = 1.5
"""The way to the destination by pickup and dropoff may be at most this many times the direct way."""


def is_eligible[Driver: Hashable](
    driver: FreeDriver[Driver], request: OpenRequest[object, Driver], now_s: float, travel_times: TravelTimes
) -> bool:
    """Whether the driver's class, traits and destination fit the request, and the driver was not asked before."""
    return (
        _may_serve(driver, request)
        and driver.driver_id not in request.excluded
        and unmet(request.requirements, driver.traits) is None
        and _leads_there(driver, request, now_s, travel_times)
    )


def is_upgrade[Driver: Hashable](driver: FreeDriver[Driver], request: OpenRequest[object, Driver]) -> bool:
    """Whether the driver's vehicle class is not one of the classes of the ride's product."""
    return driver.vehicle_class not in request.classes.own


def _may_serve[Driver: Hashable](driver: FreeDriver[Driver], request: OpenRequest[object, Driver]) -> bool:
    """Whether the vehicle's class may serve the ride. A class of an upgrade may if the driver takes upgrades."""
    if not is_upgrade(driver, request):
        return True
    return driver.traits.takes_upgrades and driver.vehicle_class in request.classes.upgrades


def _leads_there[Driver: Hashable](
    driver: FreeDriver[Driver], request: OpenRequest[object, Driver], now_s: float, travel_times: TravelTimes
) -> bool:
    """Whether the trip brings a driver in destination mode towards their destination, and in time.

    | the driver has a destination    | the trip                                              | leads there |
    |---------------------------------|-------------------------------------------------------|-------------|
    | no, no longer, or is there      |                                                       | yes         |
    | yes                             | has no known dropoff                                  | no          |
    | yes                             | ends less than a quarter of the way nearer            | no          |
    | yes                             | makes the way more than half as long again            | no          |
    | yes                             | brings them there too late                            | no          |
    | yes                             | any other                                             | yes         |
    """
    heading = driver.traits.heading
    if heading is None or heading.until_s <= now_s:
        return True
    here, pickup = Point(lat=driver.lat, lng=driver.lng), Point(lat=request.lat, lng=request.lng)
    way_m = distance_m(here, heading.to)
    if way_m <= ARRIVED_WITHIN_M:
        return True
    if request.dropoff is None:
        return False
    dropoff = Point(lat=request.dropoff[0], lng=request.dropoff[1])
    before_m, after_m = distance_m(here, pickup), distance_m(dropoff, heading.to)
    arrives_s = now_s + travel_times.seconds(before_m) + request.trip_s + travel_times.seconds(after_m)
    return (
        after_m <= (1 - _NEARER_BY) * way_m
        and before_m + distance_m(pickup, dropoff) + after_m <= _DETOUR * way_m
        and arrives_s <= heading.until_s
    )
