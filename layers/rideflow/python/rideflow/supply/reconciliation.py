"""Reconciliation: what a failover lost is told to Redis again.

A replica may become master before the newest changes of trips came to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
        """Raises `UnavailableError` at the end if a zone did not answer.

        Redis is read first, of all zones: it is told after PostgreSQL, so what it knows and PostgreSQL then does not is
        over. All trips in hand are one question for PostgreSQL, not one for each zone.
        """
        online = list(self.records.online_drivers())
        known: dict[str, Mapping[UUID, KnownTrip]] = {}

        def read(zone: str) -> None:
            known[zone] = self.trips.known(zone, online)

        try:
            in_each(self.markets.zone_ids, read)
        finally:  # those that answered are told
            in_hand = self.records.trips_in_hand()
            in_each(known, lambda zone: self._tell(zone, self._lost(known[zone], in_hand)))

    def _tell(self, zone: str, lost: Iterable[TripChange]) -> None:
        for change in lost:
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
