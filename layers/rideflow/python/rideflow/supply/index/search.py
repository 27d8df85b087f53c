"""Searches for free drivers: around waiting rides, around a place, and their number in each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.cells import GEOHASHES_PER_CELL, Cell, cell_of_geohash
from rideflow.kernel.geo import Point
from rideflow.kernel.redis import script
from rideflow.kernel.ride_requirements import RideRequirements, Traits
from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.model import Markets
from rideflow.markets.zones import Zone
from rideflow.supply.keys import ZoneKeys, askable, free_of_every_class
from rideflow.supply.model import (
    MATCHABLE_FOR,
    AvailableDriver,
    AvailableDrivers,
    DriverQuery,
    NearbyDriver,
    milliseconds,
)

_PACKAGE = "rideflow.supply.index"


class SearchIndex:
    """The free drivers of every zone."""

    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self._redis = redis
        self._markets = markets

    def around(self, zone: str, query: DriverQuery) -> AvailableDrivers:
        """The drivers around waiting rides. Changes nothing and takes no lease."""
        area = self._markets.zone(zone)
        _, _, found = search_around(self._redis, area, query, lease=timedelta(0)) or (0, 0, AvailableDrivers())
        return found

    def nearby(
        self, zone: str, place: Point, radius_m: float, *, classes: Sequence[VehicleClass], limit: int, now: datetime
    ) -> list[NearbyDriver]:
        """The free drivers of these classes within the radius, nearest first, at most `limit`."""
        keys = ZoneKeys(zone)
        since = milliseconds(now - MATCHABLE_FOR)
        answer = script(_PACKAGE, "nearby")(
            self._redis,
            [keys.seen, *(keys.free(vehicle_class) for vehicle_class in classes)],
            [place.lat, place.lng, radius_m, limit, since],
        )
        found = [
            NearbyDriver(vehicle_class, Point(lat=float(lat), lng=float(lng)), float(metres))
            for vehicle_class, drivers in zip(classes, answer, strict=True)
            for _, metres, lng, lat in drivers
        ]
        return sorted(found, key=lambda driver: driver.distance_m)[:limit]

    def free_by_cell(self, zone: str) -> Mapping[tuple[str, Cell], int]:
        """The number of free drivers of each class in each cell."""
        counted: dict[tuple[str, Cell], int] = {}
        area = self._markets.zone(zone)
        answer = script(_PACKAGE, "free_by_cell")(self._redis, free_of_every_class(area), [GEOHASHES_PER_CELL])
        for index, *cells in answer:
            for prefix, drivers in zip(*[iter(cells)] * 2, strict=True):
                counted[area.market.vehicle_classes[index - 1], cell_of_geohash(prefix)] = drivers
        return counted


def search_around(
    redis: RedisCluster, zone: Zone, query: DriverQuery, *, lease: timedelta
) -> tuple[int, int, AvailableDrivers] | None:
    """The fencing token, the number of drivers on trips, and the drivers around waiting rides, in one round trip.

    None while another matcher has the lease. If `lease` is 0, no lease is taken and the token has no meaning.
    """
    keys, classes, now = ZoneKeys(zone.id), zone.market.vehicle_classes, query.now
    numbers = {vehicle_class: str(number) for number, vehicle_class in enumerate(classes, 1)}
    arguments: list[Any] = [lease // timedelta(milliseconds=1), milliseconds(now)]
    arguments += [milliseconds(now - MATCHABLE_FOR), query.drivers_each]
    arguments.append(milliseconds(now + query.finishing_within) if query.finishing_within else 0)
    for ride in query.rides:
        own, upgrades = (",".join([numbers[each] for each in of_classes]) for of_classes in ride.classes)
        arguments += [own, upgrades, ride.pickup.lat, ride.pickup.lng, ride.radius_m, ride.already_asked]
        arguments += requirement_arguments(ride.requirements)
    answer = script(_PACKAGE, "begin_tick")(
        redis,
        [
            *(keys.tick_lock, keys.tick_fence, keys.seen, keys.idle, keys.traits, keys.accessible, keys.upgrades),
            *askable(zone),
        ],
        arguments,
    )
    if answer[0] != b"run":
        return None
    found = AvailableDrivers(free_drivers(answer[4:], classes), _finishing_drivers(answer[3], classes, now.timestamp()))
    return int(answer[1]), int(answer[2]), found


def requirement_arguments(requirements: RideRequirements) -> list[Any]:
    """The requirements as arguments of scripts."""
    rating = "" if requirements.min_driver_rating is None else requirements.min_driver_rating
    return [int(requirements.wheelchair_accessible), rating, requirements.payment or ""]


def free_drivers(answer: Sequence[Any], classes: Sequence[VehicleClass]) -> list[AvailableDriver]:
    """The drivers of a script's flat answer, which gives classes by their number."""
    return [
        AvailableDriver(
            UUID(driver_id.decode()),
            float(lat),
            float(lng),
            classes[int(number) - 1],
            float(idle_since_ms) / 1000,
            Traits.of_entry(entry.decode()),
        )
        for driver_id, number, lng, lat, idle_since_ms, entry in zip(*[iter(answer)] * 6, strict=True)
    ]


def _finishing_drivers(answer: Sequence[Any], classes: Sequence[VehicleClass], now_s: float) -> list[AvailableDriver]:
    """The same for drivers on trips: the script gives the time when they will be free, not since when they are idle."""
    return [
        driver._replace(idle_since_s=now_s, free_in_s=max(0.0, driver.idle_since_s - now_s))
        for driver in free_drivers(answer, classes)
    ]
