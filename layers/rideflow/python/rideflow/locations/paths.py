"""The path a trip was driven: measured once, archived, forgotten."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.polyline import encoded
from rideflow.locations.coverage import Ride, coverage, too_short_for_its_way, was_at_dropoff
from rideflow.locations.driven import driven_way
from rideflow.markets.model import Markets
from rideflow.supply.model import PathPoint, milliseconds

_SHARES = 10_000
"""Coverage is told in so many parts, rounded down: the smallest hole is one."""


class MeasuredPath(NamedTuple):
    """Length and duration of a driven path, both whole, and how many positions it was measured from.

    `coverage` is the share of the ride that they account for, 1 if there is no hole. `line` is the way without its
    noise, an encoded polyline.
    """

    distance_m: int
    duration_s: int
    points: int
    coverage: float
    line: str


class MeasuredRide(NamedTuple):
    """The path of a ride, and the people whose path it is: the rider and the driver."""

    people: tuple[UUID, UUID]
    path: MeasuredPath


class ArchivedPath(NamedTuple):
    """A path as it was driven, and what was measured of it; None for one that was archived before that was kept."""

    points: list[PathPoint]
    measured: MeasuredPath | None


class Rides(Protocol):
    """What trips tell of rides."""

    def ride(self, trip_id: UUID) -> Ride | None: ...


class Trails(Protocol):
    """Where drivers were on their trips, zone by zone, until it is archived."""

    def path(self, zone: str, driver_id: UUID, trip_id: UUID) -> list[PathPoint]: ...

    def drop_path(self, zone: str, driver_id: UUID, trip_id: UUID, now: datetime) -> None: ...


class PathArchive(Protocol):
    """Where paths are kept for good, each sealed for its people."""

    def put(self, trip_id: UUID, people: Iterable[UUID], path: ArchivedPath) -> None: ...

    def get(self, trip_id: UUID) -> ArchivedPath | None: ...


@dataclass(frozen=True, slots=True)
class Paths:
    """Measures the paths of completed trips."""

    trails: Trails
    rides: Rides
    archive: PathArchive
    markets: Markets
    max_speed_mps: float
    clock: Clock

    def measure(self, trip_id: UUID) -> MeasuredRide | None:
        """None when nobody saw the trip driven: it did not start, or its positions were lost.

        A ride that was too short for its way ended elsewhere, whatever its positions hide: it went as far as was seen.
        If the car was seen at the dropoff all the same, the driver told late that it began: its way is a hole.

        A repeat says what the first run archived, whatever came, went or was deployed in between.
        """
        ride = self.rides.ride(trip_id)
        if ride is None:
            return None
        people = (ride.rider_id, ride.driver_id)
        archived = self.archive.get(trip_id)
        measured = None if archived is None else archived.measured
        if measured is None:
            points = self._points(trip_id, ride) if archived is None else archived.points
            path = [point for point in points if point.recorded_ms >= milliseconds(ride.started_at)]
            measured = self._measured(path, ride, arrived=was_at_dropoff(points, ride))
            if measured is not None:
                self.archive.put(trip_id, people, ArchivedPath(path, measured))
        for zone in self.markets.zone_ids:
            self.trails.drop_path(zone, ride.driver_id, trip_id, self.clock())
        return None if measured is None else MeasuredRide(people, measured)

    def _measured(self, path: list[PathPoint], ride: Ride, *, arrived: bool) -> MeasuredPath | None:
        if too_short_for_its_way(ride, self.max_speed_mps) and not arrived:
            return measured_path(path, ride)._replace(coverage=1.0)
        return measured_path(path, ride) if len(path) >= 2 else None

    def _points(self, trip_id: UUID, ride: Ride) -> list[PathPoint]:
        """The trip's points up to its completion, from every zone the driver came through."""
        end = milliseconds(ride.completed_at)
        points = [
            point
            for zone in self.markets.zone_ids
            for point in self.trails.path(zone, ride.driver_id, trip_id)
            if point.recorded_ms <= end
        ]
        return sorted(points, key=lambda point: point.recorded_ms)


def measured_path(path: list[PathPoint], ride: Ride) -> MeasuredPath:
    """What points in order of time tell of the ride: nothing, if they are fewer than two."""
    way = driven_way(path)
    return MeasuredPath(
        distance_m=round(way.length_m),
        duration_s=round((ride.completed_at - ride.started_at).total_seconds()),
        points=len(path),
        coverage=math.floor(_SHARES * coverage(path, ride, way.length_m, way.unseen_m)) / _SHARES,
        line=encoded(way.line),
    )
