"""After offers ended: their drivers are free again in the zones they are in, which may be several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from rideflow.dispatch.model import Assignment, EndedOffer, PlacedDriver
from rideflow.dispatch.ports import Pool
from rideflow.kernel.cities import Fifo, fifo_of, zones_beside
from rideflow.kernel.zone_by_zone import in_each


def release(pool: Pool, drivers: Iterable[PlacedDriver], now: datetime, won: Assignment | None = None) -> None:
    """Release each driver where the offer found them, or where they went with it.

    An accept does not look for those who went: the reservation they brought along lasts until the news of the
    assignment has come to every zone. A zone that does not answer leaves the others alone. Raises `UnavailableError` at
    the end if there was one.
    """
    by_zone: dict[str, list[UUID]] = defaultdict(list)
    if won is not None:
        by_zone[won.driver_zone] = []
    for driver in drivers:
        by_zone[driver.zone].append(driver.driver_id)

    def in_zone(zone: str) -> None:
        of_zone = won if won is not None and won.driver_zone == zone else None
        unknown = pool.release(zone, by_zone[zone], now, of_zone)
        for driver_id in unknown if won is None else ():
            _release_beside(pool, PlacedDriver(driver_id, zone), now)

    in_each(by_zone, in_zone)


def _release_beside(pool: Pool, driver: PlacedDriver, now: datetime) -> None:
    """The zone does not know the driver: they crossed into another one with the offer, or are offline."""
    for zone in zones_beside(driver.zone):
        pool.release(zone.id, [driver.driver_id], now)


def to_queues_end(pool: Pool, offers: Iterable[EndedOffer], now: datetime) -> None:
    """A driver who declined a trip of an airport's queue, or let it expire, is asked after all others.

    Comes before the release: until then they are not asked again.
    """
    passed: dict[str, tuple[Fifo, list[UUID]]] = {}
    for offer in offers:
        fifo = fifo_of(offer.zone, offer.pickup)
        if fifo is not None:
            passed.setdefault(fifo.id, (fifo, []))[1].append(offer.driver.driver_id)
    for fifo, driver_ids in passed.values():
        pool.to_queues_end(fifo, driver_ids, now)
