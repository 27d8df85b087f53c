"""Demand snapshots: the number of requested trips and of free drivers in each cell, counted once a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rideflow.dispatch.store import PostgresOffers
from rideflow.kernel.cells import Cell
from rideflow.markets.model import Market
from rideflow.markets.zones import Zone
from rideflow.matching.opportunity_cost import DEMAND_WINDOW, SNAPSHOT_MAX_AGE, Counts, OpportunityCost
from rideflow.supply.index.search import SearchIndex
from rideflow.supply.neighbours import Neighbours


@dataclass(slots=True)
class DemandSnapshots:
    """Counts requests and drivers around each zone, at most once a minute in this execution environment.

    A count takes two round trips, and one more for each neighbouring zone. Drivers are searched beyond borders, so the
    neighbours are counted too. Nothing is stored: requests come from PostgreSQL, drivers from Redis. If there are no
    requests, all places have the same cost.
    """

    offers: PostgresOffers
    search: SearchIndex
    neighbours: Neighbours
    _snapshots: dict[str, tuple[datetime, OpportunityCost]] = field(default_factory=dict)

    def opportunity_cost(self, zone: Zone, now: datetime) -> OpportunityCost:
        """The zone's opportunity cost, by a snapshot that is at most a minute old."""
        counted_at, cost = self._snapshots.get(zone.id, (None, OpportunityCost()))
        if counted_at is None or now - counted_at >= SNAPSHOT_MAX_AGE:
            cost = self._count(zone, now)
            self._snapshots[zone.id] = now, cost
        return cost

    def _count(self, zone: Zone, now: datetime) -> OpportunityCost:
        zones = [zone.id, *(beside.id for beside in zone.beside)]
        free = Counter(self.search.free_by_cell(zone.id))
        free.update(self.neighbours.free_by_cell(zone, now))
        return OpportunityCost.of(self._requests(zone.market, zones, now), free)

    def _requests(self, market: Market, zones: Sequence[str], now: datetime) -> Counts:
        """Requests by class and cell. A request counts for each class of its product, but not for upgrades.

        Drivers choose whether they take upgrades.
        """
        requests: Counter[tuple[str, Cell]] = Counter()
        for (product, cell), number in self.offers.recent_requests(zones, now - DEMAND_WINDOW).items():
            for vehicle_class in market.serving(product).own:
                requests[vehicle_class, cell] += number
        return requests
