"""Reservations: drivers with offers are asked for no other trip, and are free again in the zone they are in."""

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
    """Reserves drivers and releases them, in several zones if need be.

    A zone that does not answer leaves the others alone; `UnavailableError` is raised at the end if there was one. In a
    zone that is not deployed any more nobody is asked, so nobody is reserved or released there.
    """

    index: ReservationIndex
    markets: Markets

    def reserve(self, driver: PlacedDriver, until: datetime) -> None:
        """The driver is asked for no other trip until then."""
        if self.markets.find_zone(driver.zone) is not None:
            self.index.reserve(driver.zone, driver.driver_id, until)

    def release(self, drivers: Iterable[PlacedDriver], now: datetime) -> None:
        """Offers ended: each driver is released where the offer found them, or in the zone they crossed into."""
        by_zone = self._by_zone(drivers)

        def in_zone(zone: str) -> None:
            for driver_id in self.index.release(zone, by_zone[zone], now):
                self._release_beside(PlacedDriver(driver_id, zone), now)

        in_each(by_zone, in_zone)

    def assign(self, zone: str, trip: TripChange, others: Iterable[PlacedDriver], now: datetime) -> None:
        """The driver, who was found in `zone`, has the trip in hand; the `others` who were asked for it are released.

        Drivers who crossed a border meanwhile are not looked for: the reservation they brought along lasts until the
        news of the assignment has come to every zone.
        """
        by_zone = self._by_zone(others)
        if self.markets.find_zone(zone) is not None:
            by_zone.setdefault(zone, [])
        in_each(
            by_zone, lambda each: self.index.release(each, by_zone[each], now, assigned=trip if each == zone else None)
        )

    def _release_beside(self, driver: PlacedDriver, now: datetime) -> None:
        """The zone does not know the driver: they crossed into another one with the offer, or are offline."""
        for zone in self.markets.zone(driver.zone).beside:
            self.index.release(zone.id, [driver.driver_id], now)

    def _by_zone(self, drivers: Iterable[PlacedDriver]) -> dict[str, list[UUID]]:
        """Of the zones that are deployed."""
        by_zone: dict[str, list[UUID]] = {}
        for driver in drivers:
            if self.markets.find_zone(driver.zone) is not None:
                by_zone.setdefault(driver.zone, []).append(driver.driver_id)
        return by_zone
