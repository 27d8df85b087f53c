"""Where riders asked lately and free drivers stand, counted each minute: what the worth of places is made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from rideflow.dispatch.neighbours import Neighbours
from rideflow.dispatch.pool import RedisPool
from rideflow.dispatch.store import PostgresOffers
from rideflow.kernel.cities import zones_beside
from rideflow.matching.worth import LATELY, RENEWED_AFTER, Worth


@dataclass(slots=True)
class Census:
    """Counts each zone's city at most once a minute in this execution environment: two round trips, three with others.

    Drivers are looked for over borders, so both sides are counted. Nothing of it is kept: requests are PostgreSQL's,
    drivers Redis's, and if neither is known, all places count the same.
    """

    offers: PostgresOffers
    pool: RedisPool
    neighbours: Neighbours
    _counted: dict[str, tuple[datetime, Worth]] = field(default_factory=dict)

    def worth(self, zone: str, now: datetime) -> Worth:
        """That of a minute ago at most."""
        counted_at, worth = self._counted.get(zone, (None, Worth()))
        if counted_at is None or now - counted_at >= RENEWED_AFTER:
            worth = self._count(zone, now)
            self._counted[zone] = now, worth
        return worth

    def _count(self, zone: str, now: datetime) -> Worth:
        zones = [zone, *(beside.id for beside in zones_beside(zone))]
        free = Counter(self.pool.free_by_cell(zone))
        free.update(self.neighbours.free_by_cell(zone, now))
        return Worth.of(self.offers.recent_requests(zones, now - LATELY), free)
