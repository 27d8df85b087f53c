"""Updates of the index when drivers go online or offline, change their traits, or their trips change."""

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
    """Reads drivers and their trips from PostgreSQL, which loses nothing."""

    def admission(self, driver_id: UUID) -> Admission | None: ...

    def trip_in_hand(self, driver_id: UUID, trip_id: UUID) -> TripChange | None: ...


@dataclass(frozen=True, slots=True)
class Availability:
    """Applies events of drivers to every zone, because a driver may have left the zone of the event.

    `records` is called only if records are read, which is rare.
    """

    index: AvailabilityIndex
    trips: TripIndex
    silence: SilenceIndex
    records: Callable[[], DriverRecords]
    markets: Markets
    clock: Clock

    def went_online(self, zone: str, driver_id: UUID, version: int) -> None:
        """Forget the driver's last shift, which may have been in another vehicle, and watch for their silence.

        So a phone that never sends a position is noticed like one that stops. The first position may come before this
        event: a driver who was admitted at this version is not forgotten.
        """
        self.went_offline(driver_id, version)
        self.silence.watch(zone, [driver_id], self.clock())

    def went_offline(self, driver_id: UUID, version: int) -> None:
        """Forget a driver who went offline at this version. If they are online again since, nothing changes."""
        in_each(self.markets.zone_ids, lambda zone: self.index.forget(zone, driver_id, unless_admitted_at=version))

    def traits_changed(self, driver_id: UUID) -> None:
        """Read the driver's traits for matching again. Nothing is done if the driver is offline and on no trip."""
        admission = self.records().admission(driver_id)
        if admission is not None:
            in_each(self.markets.zone_ids, lambda zone: self.index.put_traits(zone, driver_id, admission.traits))

    def trip_goes_on(self, driver_id: UUID, trip_id: UUID) -> None:
        """A trip began or went on for its driver. Nothing is done if it is over by now, or another driver has it."""
        change = self.records().trip_in_hand(driver_id, trip_id)
        if change is not None:
            self.trip_changed(change)

    def trip_changed(self, change: TripChange) -> None:
        """A trip began, went on or ended for its driver."""
        in_each(self.markets.zone_ids, lambda zone: self.trips.change(zone, change, self.clock()))
