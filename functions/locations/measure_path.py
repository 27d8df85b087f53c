"""Settle saga: how far and how long the trip was driven; its path goes to the archive.

Needs: redis, database, supply, locations, person_keys.
"""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from rideflow.kernel.consumer import step
from rideflow.kernel.model import Message
from rideflow.kernel.sealing import SealedText, of_trip
from rideflow.kernel.wiring import seals
from rideflow.locations.wiring import paths


class EndedTrip(Message):
    trip_id: UUID


class DrivenPath(BaseModel):
    """Nulls when nobody saw the trip driven: then the quote is the best that is known, as it is for a path with holes.

    `coverage` is the share of the ride that its positions account for; `driven_line` is an encoded polyline,
    sealed for rider and driver: the execution that carries it is kept for 90 days.
    """

    trip_id: UUID
    driven_distance_m: int | None = None
    driven_duration_s: int | None = None
    driven_line: SealedText | None = None
    coverage: float = 0.0
    points: int = 0


def measure_path(trip: EndedTrip) -> DrivenPath:
    ride = paths().measure(trip.trip_id)
    if ride is None:
        return DrivenPath(trip_id=trip.trip_id)
    path = ride.path
    return DrivenPath(
        trip_id=trip.trip_id,
        driven_distance_m=path.distance_m,
        driven_duration_s=path.duration_s,
        driven_line=seals().seal_text(path.line, ride.people, of_trip(trip.trip_id, "driven_line")),
        coverage=path.coverage,
        points=path.points,
    )


app = step(measure_path)
