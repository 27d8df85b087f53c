"""Free cars near a place, for the rider's map."""

from __future__ import annotations

from dataclasses import dataclass

from rideflow.kernel.cities import zone_at, zones_reached
from rideflow.kernel.clock import Clock
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.geo import Point
from rideflow.kernel.observability import count
from rideflow.kernel.travel import TravelTimes
from rideflow.kernel.vehicles import VehicleClass
from rideflow.supply.index.search import SearchIndex
from rideflow.supply.keys import VEHICLE_CLASSES
from rideflow.supply.model import NearbyDriver


@dataclass(frozen=True, slots=True)
class NearbyDrivers:
    """The free drivers of every zone, as riders see them."""

    index: SearchIndex
    travel_times: TravelTimes
    clock: Clock

    def around(
        self, place: Point, radius_m: float, vehicle_class: VehicleClass | None, limit: int
    ) -> list[NearbyDriver]:
        """The nearest free drivers, on both sides of a border. Raises `OutsideServiceAreaError`."""
        classes = VEHICLE_CLASSES if vehicle_class is None else (vehicle_class,)
        zone, now = zone_at(place).id, self.clock()
        found = self.index.nearby(zone, place, radius_m, classes=classes, limit=limit, now=now)
        for beside in zones_reached(zone, place, radius_m):
            try:
                found += self.index.nearby(beside, place, radius_m, classes=classes, limit=limit, now=now)
            except UnavailableError:
                count("NeighbourUnseen", zone=beside)
        return sorted(found, key=lambda driver: driver.distance_m)[:limit]

    def eta_s(self, driver: NearbyDriver) -> int:
        """Expected seconds until the driver could be at the place that was asked for."""
        return round(self.travel_times.seconds(driver.distance_m))
