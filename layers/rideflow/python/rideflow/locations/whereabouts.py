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
                found.setdefault(at, Fix(at, Point(lat=point.lat, lng=point.lng)))
            for last in self.positions.last_fixes(zone.id, [driver_id]).values():
                found[last.at] = last  # which tells its accuracy
        return [found[at] for at in sorted(found)]

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> dict[UUID, datetime]:
        """When each driver's phone took its last position; of a driver who is missing no position is known."""
        heard: dict[UUID, datetime] = {}
        for zone_id in zone_ids:
            self.positions.check_answers(zone_id)  # also if nobody is asked for: who listens must be able to hear
            for driver_id, fix in self.positions.last_fixes(zone_id, driver_ids).items():
                heard[driver_id] = max(fix.at, heard.get(driver_id, fix.at))
        return heard
