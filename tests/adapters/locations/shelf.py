"""An archive of paths in memory, and the measuring of a street's rides with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from rideflow.locations.paths import ArchivedPath, MeasuredPath, Paths
from tests.adapters.supply.index import MAX_SPEED_MPS
from tests.adapters.supply.street import Street


@dataclass
class Shelf:
    """An archive in memory."""

    paths: dict[UUID, ArchivedPath] = field(default_factory=dict)
    people: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)

    def put(self, trip_id: UUID, people: Iterable[UUID], path: ArchivedPath) -> None:
        self.people[trip_id] = tuple(people)
        self.paths[trip_id] = path

    def get(self, trip_id: UUID) -> ArchivedPath | None:
        return self.paths.get(trip_id)


def measure(street: Street, trip_id: UUID, shelf: Shelf | None = None) -> MeasuredPath | None:
    """The path of a ride, archived on the shelf."""
    paths = Paths(street.index.trails, street.rides, shelf or Shelf(), street.markets, MAX_SPEED_MPS, street.clock)
    ride = paths.measure(trip_id)
    return None if ride is None else ride.path
