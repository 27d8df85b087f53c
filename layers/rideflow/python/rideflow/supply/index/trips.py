"""The trips that drivers have in hand, as the index knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.geo import Point
from rideflow.kernel.redis import answering, script
from rideflow.markets.model import Markets
from rideflow.supply.keys import ZoneKeys, classes_told, driver_sets
from rideflow.supply.model import MATCHABLE_FOR, KnownTrip, TripChange, TripInHand, milliseconds

TRIP_FIELDS = ["trip_id", "rider_id", "trip_state", "target_lat", "target_lng"]
_MATCHABLE_MS = MATCHABLE_FOR // timedelta(milliseconds=1)
_PACKAGE = "rideflow.supply.index"


class TripIndex:
    """The trips in hand of the drivers of every zone."""

    def __init__(self, redis: RedisCluster, markets: Markets) -> None:
        self._redis = redis
        self._markets = markets

    def change(self, zone: str, change: TripChange, now: datetime) -> bool:
        """Apply a change of the driver's trip. Returns whether it was newer than what the zone knew."""
        keys, area, trip = ZoneKeys(zone), self._markets.zone(zone), change.trip
        touched = [keys.driver(change.driver_id), keys.seen, keys.reserved, keys.idle]
        touched += driver_sets(area)
        arguments: list[Any] = [str(change.driver_id), str(change.trip_id), change.version, milliseconds(change.at)]
        arguments += [milliseconds(now), _MATCHABLE_MS, *classes_told(area)]
        if trip is not None:
            arguments += [trip.state, str(trip.rider_id), trip.target.lat, trip.target.lng]
        return bool(script(_PACKAGE, "change_trip")(self._redis, touched, arguments))

    def known(self, zone: str, driver_ids: Sequence[UUID]) -> dict[UUID, KnownTrip]:
        """The trips of these drivers as the zone knows them. A driver whom it does not know is missing."""
        keys = ZoneKeys(zone)
        with answering(), self._redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
            for driver_id in driver_ids:
                pipeline.hmget(keys.driver(driver_id), ["class", "trip_id", "last_version"])
            found = pipeline.execute() if driver_ids else []
        return {
            driver_id: KnownTrip(UUID(trip_id.decode()) if trip_id else None, int(version or 0))
            for driver_id, (vehicle_class, trip_id, version) in zip(driver_ids, found, strict=True)
            if vehicle_class is not None
        }


def trip_in_hand(fields: Sequence[bytes]) -> TripInHand | None:
    """The trip from the values of `TRIP_FIELDS`; None if the values are empty, as for a driver without a trip."""
    trip_id, rider_id, state, lat, lng = (field.decode() for field in fields)
    if not trip_id:
        return None
    return TripInHand(UUID(trip_id), UUID(rider_id), state, Point(lat=float(lat), lng=float(lng)))  # type: ignore[arg-type]
