"""Airport queues: a driver's place, the drivers whose turn it is, and moves to the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.zone_by_zone import first_in
from rideflow.markets.model import Markets
from rideflow.markets.zones import Fifo
from rideflow.supply.errors import NotInQueueError
from rideflow.supply.index.queues import QueueIndex
from rideflow.supply.model import AvailableDriver, PassedTrip, PlaceInQueue, WaitingRide


@dataclass(frozen=True, slots=True)
class Queues:
    """The queues of all airports."""

    index: QueueIndex
    markets: Markets
    clock: Clock

    def place_of(self, driver_id: UUID) -> PlaceInQueue:
        """The driver's place in an airport's queue. Raises `NotInQueueError`."""
        now = self.clock()
        with_queues = [zone.id for zone in self.markets.zones if zone.fifos]
        found = first_in(with_queues, lambda zone: self.index.place(zone, driver_id, now))
        if found is None:
            raise NotInQueueError("You are in no queue: wait for trips in an airport's waiting area.")
        return found[1]

    def first_in_line(self, fifo: Fifo, rides: Sequence[WaitingRide], now: datetime) -> list[AvailableDriver]:
        """The queue's first drivers who can be offered a trip, as many as the waiting rides can use."""
        return self.index.first_in_line(fifo, rides, now)

    def move_to_end(self, passed: Iterable[PassedTrip], now: datetime) -> None:
        """Move each driver who declined a trip of an airport's queue, or let it expire, to the queue's end.

        Call this before the release: until the release they are not asked again. A zone that is no longer deployed has
        no queue.
        """
        drivers_of: dict[str, tuple[Fifo, list[UUID]]] = {}
        for trip in passed:
            zone = self.markets.find_zone(trip.zone)
            fifo = None if zone is None else zone.fifo_of(trip.pickup)
            if fifo is not None:
                drivers_of.setdefault(fifo.id, (fifo, []))[1].append(trip.driver_id)
        for fifo, driver_ids in drivers_of.values():
            self.index.move_to_end(fifo, driver_ids, now)
