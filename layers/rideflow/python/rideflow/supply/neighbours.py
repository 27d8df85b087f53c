"""Searches beyond a zone's border: drivers of neighbouring zones around rides, and their number in each cell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from rideflow.kernel.cells import Cell
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger
from rideflow.markets.zones import Zone
from rideflow.supply.index.search import SearchIndex
from rideflow.supply.model import AvailableDrivers, DriverQuery, WaitingRide

ANSWERS_WITHIN_S = 0.3
"""The timeout of a neighbour's node, which is asked only once: the matcher holds its own zone's lease for 5 s."""

_LEFT_ALONE_FOR = timedelta(seconds=10)
"""For this long a neighbour that did not answer is not asked again, so that it does not slow each of our ticks."""


@dataclass(slots=True)
class Neighbours:
    """Searches neighbouring zones. A zone whose node does not answer is left out, and that is counted."""

    search: Callable[[], SearchIndex]
    _asked_again_at: dict[str, datetime] = field(default_factory=dict)

    def around(self, zone: Zone, query: DriverQuery) -> dict[str, AvailableDrivers]:
        """The drivers around the rides, by zone. One round trip for each zone that a ride's circle reaches into."""
        near: dict[str, list[WaitingRide]] = defaultdict(list)
        for ride in query.rides:
            for neighbour in zone.beside:
                if neighbour.area.is_within(ride.radius_m, ride.pickup):
                    near[neighbour.id].append(ride)
        return {
            neighbour: self._ask(neighbour, query.now, partial(SearchIndex.around, query=replace(query, rides=rides)))
            or AvailableDrivers()
            for neighbour, rides in near.items()
        }

    def free_by_cell(self, zone: Zone, now: datetime) -> Counter[tuple[str, Cell]]:
        """The number of free drivers of each class in each cell of all neighbouring zones. One round trip for each."""
        free: Counter[tuple[str, Cell]] = Counter()
        for neighbour in zone.beside:
            free.update(self._ask(neighbour.id, now, SearchIndex.free_by_cell))
        return free

    def _ask[T](self, zone: str, now: datetime, question: Callable[[SearchIndex, str], T]) -> T | None:
        """The zone's answer; None if it does not answer, or did not answer less than `_LEFT_ALONE_FOR` ago."""
        asked_again_at = self._asked_again_at.get(zone)
        if asked_again_at is None or now >= asked_again_at:
            try:
                return question(self.search(), zone)
            except UnavailableError:
                self._asked_again_at[zone] = now + _LEFT_ALONE_FOR
                logger.warning("a neighbouring zone does not answer", extra={"zone": zone}, exc_info=True)
        count("NeighbourUnseen", zone=zone)
        return None
