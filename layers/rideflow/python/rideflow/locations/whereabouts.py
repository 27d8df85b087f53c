"""Where a driver's phone said to be: what trips judge arrivals, approaches and silence by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rideflow.kernel.cities import zones
from rideflow.kernel.geo import Fix, Point
from rideflow.locations.model import moment
from rideflow.locations.positions import RedisPositions


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Reads every zone: a driver may have crossed a border. Nothing is told unless all of them answer.

    Raises `UnavailableError`: what a zone that does not answer knows may be the newest.
    """

    positions: RedisPositions

    def fixes(self, driver_id: UUID, trip_id: UUID) -> list[Fix]:
        """The driver's positions since the trip was assigned to them, and the last one known, oldest first."""
        found: dict[datetime, Fix] = {}
        for zone in zones():
            for point in self.positions.path(zone.id, driver_id, trip_id):
                at = moment(point.recorded_ms)
                found[at] = Fix(at, Point(lat=point.lat, lng=point.lng), point.accuracy_m or 0.0)
            last = self.positions.last_fix(zone.id, driver_id)
            if last is not None:
                found[last.at] = last
        return [found[at] for at in sorted(found)]

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> dict[UUID, datetime]:
        """When each driver's phone last sent anything; of a driver who is missing nothing is known."""
        heard: dict[UUID, datetime] = {}
        for zone_id in zone_ids:
            self.positions.check_answers(zone_id)  # also if nobody is asked for: who listens must be able to hear
            for driver_id, at in self.positions.last_heard(zone_id, driver_ids).items():
                heard[driver_id] = max(at, heard.get(driver_id, at))
        return heard
