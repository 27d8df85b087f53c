"""Reconciliation: changes of trips that a failover of Redis lost are applied again.

A replica may become master before it has received the newest changes.
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
    """Reads drivers and their trips from PostgreSQL, which loses nothing."""

    def online_drivers(self) -> dict[UUID, str]: ...

    def trips_in_hand(self) -> dict[UUID, TripChange]: ...

    def end_of_trip(self, driver_id: UUID, trip_id: UUID) -> TripChange | None: ...


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares the drivers' trips in Redis with those in PostgreSQL.

    Nothing else repairs a lost change. If the end of a trip was lost, the driver would never be free again, and the
    rider would still see where they are. If the beginning was lost, the driver would count as free, and the rider would
    not see them come.
    """

    trips: TripIndex
    records: TripsInHand
    markets: Markets
    clock: Clock

    def run(self) -> None:
        """Repair every zone. Raises `UnavailableError` at the end if a zone did not answer.

        All zones of Redis are read first. A change reaches PostgreSQL before Redis, so a trip that Redis has and
        PostgreSQL then does not have is over. One query reads all trips in hand, not one for each zone.
        """
        online = list(self.records.online_drivers())
        known: dict[str, Mapping[UUID, KnownTrip]] = {}

        def read(zone: str) -> None:
            known[zone] = self.trips.known(zone, online)

        try:
            in_each(self.markets.zone_ids, read)
        finally:  # zones that answered are repaired also if another did not
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
