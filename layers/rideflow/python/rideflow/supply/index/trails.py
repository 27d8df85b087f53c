"""The points of drivers' trips, until the path is archived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from redis.cluster import RedisCluster

from rideflow.kernel.geo import Fix, Point, Sightings
from rideflow.kernel.redis import answering, script
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import PathPoint, milliseconds, moment

_PATHS_KEPT = timedelta(hours=48)
_PACKAGE = "rideflow.supply.index"


class TrailIndex:
    """The paths of the drivers of every zone."""

    def __init__(self, redis: RedisCluster) -> None:
        self._redis = redis

    def place(self, zone: str, driver_id: UUID) -> Point | None:
        """The driver's last known place in the zone; None if the zone has none."""
        lat, lng = script(_PACKAGE, "place_of_driver")(self._redis, [ZoneKeys(zone).driver(driver_id)], [])
        return None if lat is None or lng is None else Point(lat=float(lat), lng=float(lng))

    def sightings(self, zone: str, driver_id: UUID, trip_id: UUID) -> Sightings:
        """The driver's positions on the trip in this zone, and their last position, in one round trip."""
        keys = ZoneKeys(zone)
        touched = [keys.driver(driver_id), keys.path(driver_id)]
        (*last, clock), entries = script(_PACKAGE, "trail")(self._redis, touched, [])
        found = {point.recorded_ms: _fix(point) for point in _of_trip(entries, trip_id)}
        if last[0] is not None:
            point = _path_point(*((part or b"-").decode() for part in last))
            found[point.recorded_ms] = _fix(point)
        slow_ms = 0.0 if clock is None else float(clock.split(b" ")[0])
        return Sightings([found[ms] for ms in sorted(found)], True, timedelta(milliseconds=slow_ms))

    def path(self, zone: str, driver_id: UUID, trip_id: UUID) -> list[PathPoint]:
        """The driver's points on the trip in this zone, oldest first, one for each moment."""
        with answering():
            kept: Any = self._redis.lrange(ZoneKeys(zone).path(driver_id), 0, -1)
        points = {point.recorded_ms: point for point in _of_trip(kept, trip_id)}
        return sorted(points.values(), key=lambda point: point.recorded_ms)

    def drop_path(self, zone: str, driver_id: UUID, trip_id: UUID, now: datetime) -> None:
        """Delete the trip's path, which is archived, and points that are too old."""
        keys, since = ZoneKeys(zone), milliseconds(now - _PATHS_KEPT)
        touched = [keys.path(driver_id), keys.driver(driver_id)]
        script(_PACKAGE, "drop_path")(self._redis, touched, [str(trip_id), since])


def _of_trip(entries: Iterable[bytes], trip_id: UUID) -> Iterator[PathPoint]:
    """The points of a path's entries that belong to the trip."""
    parts = (entry.decode().split(" ") for entry in entries)
    return (_path_point(*point) for trip, *point in parts if trip == str(trip_id))


def _fix(point: PathPoint) -> Fix:
    return Fix(moment(point.recorded_ms), Point(lat=point.lat, lng=point.lng), point.accuracy_m or 0.0)


def _path_point(recorded_ms: str, lat: str, lng: str, accuracy_m: str) -> PathPoint:
    """A path's entry, as `record_positions.lua` writes it after the trip's id."""
    return PathPoint(int(float(recorded_ms)), float(lat), float(lng), None if accuracy_m == "-" else float(accuracy_m))
