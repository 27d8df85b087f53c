"""Over the border: the drivers of neighbouring zones whom a request's circle reaches, free or about to drop off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rideflow.dispatch.model import WaitingRequest
from rideflow.dispatch.pool import Around, Lookout, RedisPool
from rideflow.kernel.cities import zones_beside
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count, logger

ANSWERS_WITHIN_S = 0.3
"""A neighbour's node gets no longer, and no second try: the matcher that asks holds its own zone's lock for 5 s."""

_LEFT_ALONE_FOR = timedelta(seconds=10)
"""After a neighbour did not answer, so that its trouble does not slow each of our ticks."""


@dataclass(slots=True)
class Neighbours:
    """Looks over borders. A zone whose node does not answer is not seen, and that is counted."""

    pool: Callable[[], RedisPool]
    _asked_again_at: dict[str, datetime] = field(default_factory=dict)

    def drivers(self, zone: str, requests: Sequence[WaitingRequest], lookout: Lookout) -> dict[str, Around]:
        """By zone; one round trip for each that a circle reaches into."""
        near: dict[str, list[WaitingRequest]] = defaultdict(list)
        beside = zones_beside(zone)
        for request in requests:
            for neighbour in beside:
                if neighbour.area.is_within(lookout.radius_m(request), request.pickup):
                    near[neighbour.id].append(request)
        return {neighbour: self._look(neighbour, reaching, lookout) for neighbour, reaching in near.items()}

    def _look(self, zone: str, requests: Sequence[WaitingRequest], lookout: Lookout) -> Around:
        asked_again_at = self._asked_again_at.get(zone)
        if asked_again_at is None or lookout.now >= asked_again_at:
            try:
                return self.pool().look(zone, requests, lookout)
            except UnavailableError:
                self._asked_again_at[zone] = lookout.now + _LEFT_ALONE_FOR
                logger.warning("a neighbouring zone does not answer", extra={"zone": zone}, exc_info=True)
        count("NeighbourUnseen", zone=zone)
        return Around()
