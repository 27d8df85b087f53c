"""Free cars near a place, for the rider's map."""

from __future__ import annotations

from dataclasses import dataclass

from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.geo import Point
from rideflow.kernel.observability import count
from rideflow.kernel.vehicles import ProductId
from rideflow.markets.model import Markets
from rideflow.supply.index.search import SearchIndex
from rideflow.supply.model import NearbyDriver


@dataclass(frozen=True, slots=True)
class NearbyDrivers:
    """The free drivers of every zone, as riders see them."""

    index: SearchIndex
    markets: Markets
    clock: Clock

    def around(
        self, place: Point, radius_m: float, product: ProductId | None, limit: int
    ) -> list[tuple[NearbyDriver, int]]:
        """The nearest free drivers, on both sides of a border, each with the seconds that they would need to the place.

        If `product` is given, only drivers whose vehicle class serves it. A neighbouring zone that does not answer is
        left out. Raises `OutsideServiceAreaError`, `UnknownProductError`.
        """
        zone, now = self.markets.zone_at(place), self.clock()
        market = zone.market
        classes = market.vehicle_classes if product is None else market.product(product).served_by
        found = self.index.nearby(zone.id, place, radius_m, classes=classes, limit=limit, now=now)
        for beside in zone.reached(place, radius_m):
            try:
                found += self.index.nearby(beside.id, place, radius_m, classes=classes, limit=limit, now=now)
            except UnavailableError:
                count("NeighbourUnseen", zone=beside.id)
        nearest = sorted(found, key=lambda driver: driver.distance_m)[:limit]
        travel = zone.market.travel.to_pickups
        return [(driver, round(travel.seconds(driver.distance_m))) for driver in nearest]
