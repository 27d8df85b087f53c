"""Reservations of drivers whose offers leave no room for another, and their release when offers end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.redis import script
from rideflow.markets.model import Markets
from rideflow.supply.keys import ZoneKeys, askable, classes_told
from rideflow.supply.model import MATCHABLE_FOR, TripChange, milliseconds

_MATCHABLE_MS = MATCHABLE_FOR // timedelta(milliseconds=1)
_PACKAGE = "rideflow.supply.index"


class ReservationIndex:
    """The reserved drivers of every zone."""

    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self._redis = redis
        self._markets = markets

    def reserve(self, zone: str, driver_id: UUID, until: datetime) -> None:
        """Reserve the driver: they are offered no other trip until then."""
        touched = [ZoneKeys(zone).reserved, *askable(self._markets.zone(zone))]
        script(_PACKAGE, "reserve_driver")(self._redis, touched, [str(driver_id), milliseconds(until)])

    def release(
        self, zone: str, driver_ids: Sequence[UUID], now: datetime, assigned: TripChange | None = None
    ) -> list[UUID]:
        """Release drivers whose offers ended. The driver of `assigned` has that trip in hand from now on.

        Returns the drivers whom the zone does not know: they crossed into another zone, or are offline.
        """
        keys, area = ZoneKeys(zone), self._markets.zone(zone)
        touched = [keys.seen, keys.reserved, keys.idle, *askable(area)]
        trip = None if assigned is None else assigned.trip
        arguments: list[Any] = [milliseconds(now), _MATCHABLE_MS, *classes_told(area), 0 if trip is None else 1]
        if assigned is not None and trip is not None:
            touched.append(keys.driver(assigned.driver_id))
            arguments += [str(assigned.driver_id), str(assigned.trip_id), assigned.version, milliseconds(assigned.at)]
            arguments += [trip.state, str(trip.rider_id), trip.target.lat, trip.target.lng]
        touched += [keys.driver(driver_id) for driver_id in driver_ids]
        arguments += [str(driver_id) for driver_id in driver_ids]
        unknown = script(_PACKAGE, "release_drivers")(self._redis, touched, arguments)
        return [UUID(driver_id.decode()) for driver_id in unknown or ()]
