"""The path a trip was driven: measured once, archived, forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from rideflow.kernel.cities import zones
from rideflow.kernel.clock import Clock
from rideflow.locations.model import PathPoint, length_m, milliseconds
from rideflow.locations.positions import RedisPositions


@dataclass(frozen=True, slots=True)
class Ride:
    """Who drove a trip, from when to when."""

    driver_id: UUID
    started_at: datetime
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class MeasuredPath:
    """Length and duration of a driven path, both whole, and how many positions it was measured from."""

    distance_m: int
    duration_s: int
    points: int


class Rides(Protocol):
    """What trips tell of rides."""

    def ride(self, trip_id: UUID) -> Ride | None: ...


class PathArchive(Protocol):
    """Where paths are kept for good."""

    def put(self, trip_id: UUID, path: list[PathPoint]) -> None: ...

    def get(self, trip_id: UUID) -> list[PathPoint] | None: ...


@dataclass(frozen=True, slots=True)
class Paths:
    """Measures the paths of completed trips."""

    positions: RedisPositions
    rides: Rides
    archive: PathArchive
    clock: Clock

    def measure(self, trip_id: UUID) -> MeasuredPath | None:
        """None when nobody saw the trip driven: it did not start, or its positions were lost.

        A repeat measures what the first run archived, so it says the same whatever came or went in between.
        """
        ride = self.rides.ride(trip_id)
        if ride is None:
            return None
        path = self.archive.get(trip_id)
        if path is None:
            path = self._driven(trip_id, ride)
            if len(path) >= 2:
                self.archive.put(trip_id, path)
        for zone in zones():
            self.positions.drop_path(zone.id, ride.driver_id, trip_id, self.clock())
        if len(path) < 2:
            return None
        duration = ride.completed_at - ride.started_at
        return MeasuredPath(round(length_m(path)), round(duration.total_seconds()), len(path))

    def _driven(self, trip_id: UUID, ride: Ride) -> list[PathPoint]:
        """The points between start and completion, from every zone the driver came through."""
        start, end = milliseconds(ride.started_at), milliseconds(ride.completed_at)
        points = [
            point
            for zone in zones()
            for point in self.positions.path(zone.id, ride.driver_id, trip_id)
            if start <= point.recorded_ms <= end
        ]
        return sorted(points, key=lambda point: point.recorded_ms)
