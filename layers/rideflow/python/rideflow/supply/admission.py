"""Admission: the index of a zone gets to know a driver who may send positions.

This is rare: for a driver's first position, the first in a zone, or the first after Redis was lost.
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
    """Admits drivers to zones. `records` is called only if records are read, which is rare."""

    index: AvailabilityIndex
    trips: TripIndex
    records: Callable[[], DriverRecords]
    markets: Markets
    clock: Clock

    def zone_that_knows(self, driver_id: UUID) -> str | None:
        """The zone that knows the driver, if any.

        A zone that does not answer counts as one that does not know the driver; its sweep forgets them later.
        """
        for zone in self.markets.zone_ids:
            try:
                if self.index.knows(zone, driver_id):
                    return zone
            except UnavailableError:
                count("NeighbourUnseen", zone=zone)
        return None

    def admit(self, zone: str | None, driver_id: UUID) -> str:
        """Admit the driver to the zone, or if it is None to the zone in which they went online. Returns the zone.

        The driver leaves all other zones. A reservation for an offer there is kept, and so is what that zone remembers
        of the driver's positions. Raises `DriverNotOnlineError`, and `MarketWithdrawnError` if the zone is no longer
        deployed.
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
        if since is None:  # the driver went offline after the first read, and the index had nobody to forget
            self.index.forget(zone, driver_id)
            raise DriverNotOnlineError("Go online before you send positions.")
        if since.traits.version > admission.traits.version:  # likewise for a change of traits
            self.index.put_traits(zone, driver_id, since.traits)
        if admission.trip is not None:
            self.trips.change(zone, admission.trip, self.clock())
        return zone

    def _leave_all_but(self, zone: str, driver_id: UUID) -> tuple[int | None, list[bytes]]:
        """Remove the driver from the other zones.

        Returns until when (Unix ms) an offer keeps them reserved, and what those zones remember of their positions.
        """
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
