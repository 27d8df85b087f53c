"""Reservations: drivers with enough offers get no other offer, and are released in their zone when the offers end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rideflow.kernel.zone_by_zone import in_each
from rideflow.markets.model import Markets
from rideflow.supply.index.reservations import ReservationIndex
from rideflow.supply.model import PlacedDriver, TripChange


@dataclass(frozen=True, slots=True)
class Reservations:
    """Reserves and releases drivers, in several zones if necessary.

    A zone that does not answer does not hold up the others; `UnavailableError` is raised at the end. A zone that is no
    longer deployed is skipped: nobody is offered trips there.
    """

    index: ReservationIndex
    markets: Markets

    def reserve(self, driver: PlacedDriver, until: datetime) -> None:
        """Reserve the driver: they are offered no other trip until then."""
        if self.markets.find_zone(driver.zone) is not None:
            self.index.reserve(driver.zone, driver.driver_id, until)

    def release(self, drivers: Iterable[PlacedDriver], now: datetime) -> None:
        """Release drivers whose offers ended, in the zone where they were found or in the zone they crossed into."""
        by_zone = self._by_zone(drivers)

        def in_zone(zone: str) -> None:
            for driver_id in self.index.release(zone, by_zone[zone], now):
                self._release_beside(PlacedDriver(driver_id, zone), now)

        in_each(by_zone, in_zone)

    def assign(self, zone: str, trip: TripChange, others: Iterable[PlacedDriver], now: datetime) -> None:
        """Give the trip to its driver, who was found in `zone`, and release the `others` who were offered it.

        Drivers who have crossed a border since are not searched in other zones. Their reservation crossed with them,
        and lasts until the event of the assignment has reached every zone.
        """
        by_zone = self._by_zone(others)
        if self.markets.find_zone(zone) is not None:
            by_zone.setdefault(zone, [])
        in_each(
            by_zone, lambda each: self.index.release(each, by_zone[each], now, assigned=trip if each == zone else None)
        )

    def _release_beside(self, driver: PlacedDriver, now: datetime) -> None:
        """Release a driver whom the zone does not know: they crossed a border with the offer, or are offline."""
        for zone in self.markets.zone(driver.zone).beside:
            self.index.release(zone.id, [driver.driver_id], now)

    def _by_zone(self, drivers: Iterable[PlacedDriver]) -> dict[str, list[UUID]]:
        """The drivers by zone, without zones that are no longer deployed."""
        by_zone: dict[str, list[UUID]] = {}
        for driver in drivers:
            if self.markets.find_zone(driver.zone) is not None:
                by_zone.setdefault(driver.zone, []).append(driver.driver_id)
        return by_zone
