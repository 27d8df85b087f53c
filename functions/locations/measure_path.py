"""Settle saga: how far and how long the trip was driven; its path goes to the archive.

Needs: redis, database, supply, locations, person_keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel

from rideflow.kernel.consumer import step
from rideflow.kernel.model import Message
from rideflow.kernel.person_keys import PersonErasedError
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
        driven_line=_sealed(path.line, ride.people, trip.trip_id),
        coverage=path.coverage,
        points=path.points,
    )


def _sealed(line: str, people: Iterable[UUID], trip_id: UUID) -> SealedText | None:
    """None if one of the people was erased: then the fare is found without the line."""
    try:
        return seals().seal_text(line, people, of_trip(trip_id, "driven_line"))
    except PersonErasedError:
        return None


app = step(measure_path)
