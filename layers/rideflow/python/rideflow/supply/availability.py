"""What the index does when drivers go online or offline, change what they take, or their trips change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from rideflow.kernel.clock import Clock
from rideflow.kernel.zone_by_zone import in_each
from rideflow.markets.model import Markets
from rideflow.supply.index.availability import AvailabilityIndex
from rideflow.supply.index.silence import SilenceIndex
from rideflow.supply.index.trips import TripIndex
from rideflow.supply.model import Admission, TripChange


class DriverRecords(Protocol):
    """What the database, which loses nothing, knows of drivers and their trips."""

    def admission(self, driver_id: UUID) -> Admission | None: ...

    def trip_in_hand(self, driver_id: UUID, trip_id: UUID) -> TripChange | None: ...


@dataclass(frozen=True, slots=True)
class Availability:
    """Applies news of drivers to every zone: a driver may be in another one than the news began in.

    The records are built if they are asked, which is seldom.
    """

    index: AvailabilityIndex
    trips: TripIndex
    silence: SilenceIndex
    records: Callable[[], DriverRecords]
    markets: Markets
    clock: Clock

    def went_online(self, zone: str, driver_id: UUID, version: int) -> None:
        """The driver went online, as of that version, maybe in another vehicle than before.

        A phone that never sends a position is missed like one that stops; the first may have come before this news.
        """
        self.went_offline(driver_id, version)
        self.silence.watch(zone, [driver_id], self.clock())

    def went_offline(self, driver_id: UUID, version: int) -> None:
        """The driver went offline, as of that version; late news of one who is back since changes nothing."""
        in_each(self.markets.zone_ids, lambda zone: self.index.forget(zone, driver_id, unless_admitted_at=version))

    def traits_changed(self, driver_id: UUID) -> None:
        """What matching knows of the driver is read again from the records. Drivers who are not online are unknown."""
        admission = self.records().admission(driver_id)
        if admission is not None:
            in_each(self.markets.zone_ids, lambda zone: self.index.put_traits(zone, driver_id, admission.traits))

    def trip_goes_on(self, driver_id: UUID, trip_id: UUID) -> None:
        """A trip began or went on for its driver; nothing is to be done if it is over by now, or another driver's."""
        change = self.records().trip_in_hand(driver_id, trip_id)
        if change is not None:
            self.trip_changed(change)

    def trip_changed(self, change: TripChange) -> None:
        """A trip began, went on or ended for its driver."""
        in_each(self.markets.zone_ids, lambda zone: self.trips.change(zone, change, self.clock()))
