"""Past positions of a driver. Arrivals, approaches, silence and operators' choices are judged by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.geo import Fix, Point, Sightings
from rideflow.kernel.zone_by_zone import first_in
from rideflow.supply.index.silence import SilenceIndex
from rideflow.supply.index.trails import TrailIndex


@dataclass(frozen=True, slots=True)
class PositionHistory:
    """Reads the given zones, one round trip for each, because a driver may have crossed a border."""

    trails: TrailIndex
    silence: SilenceIndex

    def place(self, driver_id: UUID, zone_ids: Iterable[str]) -> tuple[str, Point] | None:
        """The first of the zones that knows the driver's last place, and that place; None if no zone knows it.

        Raises `UnavailableError` if no zone knows it and one did not answer.
        """
        return first_in(zone_ids, lambda zone: self.trails.place(zone, driver_id))

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        """The driver's positions since the trip was assigned to them, and their last known position.

        The clock's error comes from the zone with the newest position. If a zone does not answer, the result is
        incomplete.
        """
        found: dict[datetime, Fix] = {}
        newest, clock_slow, is_complete = None, timedelta(0), True
        for zone_id in zone_ids:
            try:
                seen = self.trails.sightings(zone_id, driver_id, trip_id)
            except UnavailableError:
                is_complete = False
                continue
            found |= {fix.at: fix for fix in seen.fixes}
            if seen.fixes and (newest is None or seen.fixes[-1].at > newest):
                newest, clock_slow = seen.fixes[-1].at, seen.clock_slow
        return Sightings([found[at] for at in sorted(found)], is_complete, clock_slow)

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> dict[UUID, datetime]:
        """The time at which each driver's phone last sent anything. A driver whom no zone knows is missing.

        Raises `UnavailableError` unless every zone answers, because any zone may have the newest time.
        """
        heard: dict[UUID, datetime] = {}
        for zone_id in zone_ids:
            self.silence.check_answers(zone_id)  # even for no drivers: a zone that does not answer hears no phone
            for driver_id, at in self.silence.last_heard(zone_id, driver_ids).items():
                heard[driver_id] = max(at, heard.get(driver_id, at))
        return heard
