"""Where a driver's phone said to be: what trips judge arrivals, approaches and silence by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.geo import Fix, Sightings
from rideflow.supply.positions import RedisPositions


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Reads the zones that it is asked about, each in one round trip: a driver may have crossed a border."""

    positions: RedisPositions

    def sightings(self, driver_id: UUID, trip_id: UUID, zone_ids: Iterable[str]) -> Sightings:
        """The driver's positions since the trip was assigned to them, and the last one known.

        The clock's error is that of the zone with the newest position. Zones that do not answer make it incomplete.
        """
        found: dict[datetime, Fix] = {}
        newest, clock_slow, is_complete = None, timedelta(0), True
        for zone_id in zone_ids:
            try:
                seen = self.positions.trail(zone_id, driver_id, trip_id)
            except UnavailableError:
                is_complete = False
                continue
            found |= {fix.at: fix for fix in seen.fixes}
            if seen.fixes and (newest is None or seen.fixes[-1].at > newest):
                newest, clock_slow = seen.fixes[-1].at, seen.clock_slow
        return Sightings([found[at] for at in sorted(found)], is_complete, clock_slow)

    def last_heard(self, driver_ids: Sequence[UUID], zone_ids: Iterable[str]) -> dict[UUID, datetime]:
        """When each driver's phone last sent anything; of a driver who is missing nothing is known.

        Raises `UnavailableError` unless every zone answers: what another one knows may be the newest.
        """
        heard: dict[UUID, datetime] = {}
        for zone_id in zone_ids:
            self.positions.check_answers(zone_id)  # also if nobody is asked for: who listens must be able to hear
            for driver_id, at in self.positions.last_heard(zone_id, driver_ids).items():
                heard[driver_id] = max(at, heard.get(driver_id, at))
        return heard
