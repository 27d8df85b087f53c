"""Admission: a driver who may send positions comes to be known in a zone.

The rare path: the first position, the first in a zone, or the first after Redis was lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.observability import count
from rideflow.markets.model import Markets
from rideflow.supply.availability import DriverRecords
from rideflow.supply.errors import DriverNotOnlineError
from rideflow.supply.index.availability import AvailabilityIndex
from rideflow.supply.index.trips import TripIndex
from rideflow.supply.model import milliseconds


@dataclass(frozen=True, slots=True)
class Admissions:
    """Lets drivers into zones. The records are built if they are asked, which is seldom."""

    index: AvailabilityIndex
    trips: TripIndex
    records: Callable[[], DriverRecords]
    markets: Markets
    clock: Clock

    def zone_that_knows(self, driver_id: UUID) -> str | None:
        """A zone that does not answer is as good as one that does not know the driver: its sweep forgets them later."""
        for zone in self.markets.zone_ids:
            try:
                if self.index.knows(zone, driver_id):
                    return zone
            except UnavailableError:
                count("NeighbourUnseen", zone=zone)
        return None

    def admit(self, zone: str | None, driver_id: UUID) -> str:
        """Let the driver into the zone, or without one into that in which they went online. Answers the zone.

        An offer that they brought from another zone stays theirs to answer, and what was believed of them there is
        believed here. Raises `DriverNotOnlineError`, and `MarketWithdrawnError` if the zone is not deployed any more.
        """
        admission = self.records().admission(driver_id)
        if admission is None:
            raise DriverNotOnlineError("Go online before you send positions.")
        zone = self.markets.zone(zone or admission.zone).id
        promised = admission.promised_until
        reserved_until_ms = None if promised is None else milliseconds(promised)
        left, memory = self._leave_all_but(zone, driver_id)
        self.index.admit(
            zone,
            driver_id,
            admission.vehicle_class,
            admission.version,
            reserved_until_ms=left or reserved_until_ms,
            traits=admission.traits,
            memory=memory,
        )
        since = self.records().admission(driver_id)
        if since is None:  # news of leaving since the first reading found nobody to forget
            self.index.forget(zone, driver_id)
            raise DriverNotOnlineError("Go online before you send positions.")
        if since.traits.version > admission.traits.version:  # nor did other news find anybody
            self.index.put_traits(zone, driver_id, since.traits)
        if admission.trip is not None:
            self.trips.change(zone, admission.trip, self.clock())
        return zone

    def _leave_all_but(self, zone: str, driver_id: UUID) -> tuple[int | None, list[bytes]]:
        """Until when (Unix ms) an offer keeps the driver reserved, and what other zones remember of them."""
        reserved_until_ms, memory = None, list[bytes]()
        for other in self.markets.zone_ids:
            if other != zone:
                try:
                    reserved, remembered = self.index.leave(other, driver_id)
                except UnavailableError:
                    count("NeighbourUnseen", zone=other)
                else:
                    reserved_until_ms, memory = reserved or reserved_until_ms, remembered or memory
        return reserved_until_ms, memory
