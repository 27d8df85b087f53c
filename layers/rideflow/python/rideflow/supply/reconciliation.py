"""Reconciliation: what a failover lost is told to Redis again.

A replica may become master before the newest changes of trips came to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.observability import count
from rideflow.kernel.zone_by_zone import in_each
from rideflow.markets.model import Markets
from rideflow.supply.index.trips import TripIndex
from rideflow.supply.model import KnownTrip, TripChange


class TripsInHand(Protocol):
    """Drivers and their trips by the database, which loses nothing."""

    def online_drivers(self) -> dict[UUID, str]: ...

    def trips_in_hand(self) -> dict[UUID, TripChange]: ...

    def end_of_trip(self, driver_id: UUID, trip_id: UUID) -> TripChange | None: ...


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares what Redis knows of drivers' trips with what PostgreSQL does.

    The loss of one change would last. A driver whose trip's end was lost would never be free again, and the rider would
    see where they are. A driver whose trip's beginning was lost would be thought free, and their rider would not see
    them come.
    """

    trips: TripIndex
    records: TripsInHand
    markets: Markets
    clock: Clock

    def run(self) -> None:
        """Raises `UnavailableError` at the end if a zone did not answer."""
        online = list(self.records.online_drivers())
        in_each(self.markets.zone_ids, lambda zone: self._reconcile(zone, online))

    def _reconcile(self, zone: str, online: list[UUID]) -> None:
        """Redis is read first: it is told after PostgreSQL, so what it knows and PostgreSQL then does not is over."""
        known = self.trips.known(zone, online)
        for change in self._lost(known, self.records.trips_in_hand()):
            if self.trips.change(zone, change, self.clock()):
                count("TripChangeReconciled", zone=zone)

    def _lost(self, known: Mapping[UUID, KnownTrip], in_hand: Mapping[UUID, TripChange]) -> list[TripChange]:
        lost: list[TripChange | None] = []
        for driver_id, trip in known.items():
            change = in_hand.get(driver_id)
            if change is None and trip.in_hand is not None:
                lost.append(self.records.end_of_trip(driver_id, trip.in_hand))
            elif change is not None and (change.trip_id != trip.in_hand or change.version > trip.version):
                lost.append(change)
        return [change for change in lost if change is not None]
