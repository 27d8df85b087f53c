"""The path of a trip: measured once, archived, and removed from the index."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.person_keys import PersonErasedError
from rideflow.kernel.polyline import encoded
from rideflow.locations.coverage import Ride, coverage, too_short_for_its_way, was_at_dropoff
from rideflow.locations.driven import driven_way
from rideflow.markets.model import Markets
from rideflow.supply.model import PathPoint, milliseconds

_SHARES = 10_000
"""Coverage is rounded down to this many parts of 1, so that the smallest hole makes it less than 1."""


class MeasuredPath(NamedTuple):
    """The length and duration of a driven path, both rounded, and the number of positions it was measured from.

    `coverage` is the share of the ride that the positions account for, 1 if there is no hole. `line` is the way without
    its noise, as an encoded polyline.
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
    """The points of a driven path, and its measure; None if it was archived before measures were."""

    points: list[PathPoint]
    measured: MeasuredPath | None


class Rides(Protocol):
    """Reads completed rides."""

    def ride(self, trip_id: UUID) -> Ride | None: ...


class Trails(Protocol):
    """Reads and removes the points of a trip in a zone of the index."""

    def path(self, zone: str, driver_id: UUID, trip_id: UUID) -> list[PathPoint]: ...

    def drop_path(self, zone: str, driver_id: UUID, trip_id: UUID, now: datetime) -> None: ...


class PathArchive(Protocol):
    """Stores paths for good, each sealed for its people."""

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
        """Measure the trip's path and archive it. Returns None if the ride was not completed, or its path is lost.

        If the time of the ride was too short for its way, the ride ended elsewhere: the measured path counts as
        complete. But if the car was seen at the dropoff all the same, the driver reported the start late, and the way
        before it counts as a hole.

        A repeat returns what the first run archived, whatever positions or code came in between.
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
                self._archive(trip_id, people, ArchivedPath(path, measured))
        for zone in self.markets.zone_ids:
            self.trails.drop_path(zone, ride.driver_id, trip_id, self.clock())
        return None if measured is None else MeasuredRide(people, measured)

    def _archive(self, trip_id: UUID, people: Iterable[UUID], path: ArchivedPath) -> None:
        """Nobody may read the path of an erased person, so it is not kept; what it measures counts all the same."""
        with suppress(PersonErasedError):
            self.archive.put(trip_id, people, path)

    def _measured(self, path: list[PathPoint], ride: Ride, *, arrived: bool) -> MeasuredPath | None:
        if too_short_for_its_way(ride, self.max_speed_mps) and not arrived:
            return measured_path(path, ride)._replace(coverage=1.0)
        return measured_path(path, ride) if len(path) >= 2 else None

    def _points(self, trip_id: UUID, ride: Ride) -> list[PathPoint]:
        """The trip's points up to its completion, from every zone that the driver came through."""
        end = milliseconds(ride.completed_at)
        points = [
            point
            for zone in self.markets.zone_ids
            for point in self.trails.path(zone, ride.driver_id, trip_id)
            if point.recorded_ms <= end
        ]
        return sorted(points, key=lambda point: point.recorded_ms)


def measured_path(path: list[PathPoint], ride: Ride) -> MeasuredPath:
    """The measure of a ride by its points in order of time. With fewer than two points its coverage is 0."""
    way = driven_way(path)
    return MeasuredPath(
        distance_m=round(way.length_m),
        duration_s=round((ride.completed_at - ride.started_at).total_seconds()),
        points=len(path),
        coverage=math.floor(_SHARES * coverage(path, ride, way.length_m, way.unseen_m)) / _SHARES,
        line=encoded(way.line),
    )
