"""How far drivers are looked for, and who lies near."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from rideflow.dispatch.matching.world import FreeDriver, OpenRequest
from rideflow.kernel.geo import EARTH_RADIUS_M

_CELL_M = 500.0
"""About as far apart as free drivers of a busy quarter; a few cells hold the nearest."""

_FEW = 8
"""Times as many drivers as are wanted: to look at each costs less than to look into a city's cells."""


@dataclass(frozen=True, slots=True)
class SearchRadius:
    """The circle that grows with the rider's waiting (DI2): `steps` are (from this many seconds on, metres)."""

    steps: tuple[tuple[float, float], ...] = ((0.0, 2_000.0), (4.0, 5_000.0), (10.0, 10_000.0))

    def at(self, waiting_s: float) -> float:
        return max((metres for since_s, metres in self.steps if waiting_s >= since_s), default=self.steps[0][1])

    def within(self, limit_m: float) -> SearchRadius:
        """The same circles, none wider than the limit."""
        return SearchRadius(tuple((since_s, min(metres, limit_m)) for since_s, metres in self.steps))


@dataclass(frozen=True, slots=True)
class Plane:
    """The city as a plane: equirectangular around one latitude, good to half a percent over a hundred kilometres."""

    latitude: float

    def metres(self, lat: float, lng: float) -> tuple[float, float]:
        """East and north in metres."""
        radians = math.pi / 180
        east = EARTH_RADIUS_M * lng * radians * math.cos(self.latitude * radians)
        return east, EARTH_RADIUS_M * lat * radians


class Neighbourhood[Driver: Hashable]:
    """Finds the nearest drivers of a class, in square cells."""

    def __init__(self, drivers: Sequence[FreeDriver[Driver]], plane: Plane) -> None:
        self._plane = plane
        self._cells: dict[tuple[str, int, int], list[tuple[float, float, int]]] = defaultdict(list)
        self._of_class: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
        self._drivers = drivers
        for index, driver in enumerate(drivers):
            east, north = plane.metres(driver.lat, driver.lng)
            cell = (driver.vehicle_class, math.floor(east / _CELL_M), math.floor(north / _CELL_M))
            self._cells[cell].append((east, north, index))
            self._of_class[driver.vehicle_class].append((east, north, index))

    def nearest(self, request: OpenRequest[object, Driver], radius_m: float, at_most: int) -> list[tuple[float, int]]:
        """(metres, index of the driver), nearest first, without those who are excluded."""
        east, north = self._plane.metres(request.lat, request.lng)
        found: list[tuple[float, int]] = []
        for ring, drivers in enumerate(self._outwards(request.vehicle_class, east, north, radius_m, at_most)):
            for driver_east, driver_north, index in drivers:
                metres = math.hypot(driver_east - east, driver_north - north)
                if metres <= radius_m and self._drivers[index].driver_id not in request.excluded:
                    found.append((metres, index))
            # Whoever lies on a further ring is at least `ring` whole cells away.
            if len(found) >= at_most and sum(metres <= ring * _CELL_M for metres, _ in found) >= at_most:
                break
        found.sort()
        return found[:at_most]

    def _outwards(
        self, vehicle_class: str, east: float, north: float, radius_m: float, at_most: int
    ) -> Iterator[Iterable[tuple[float, float, int]]]:
        """Drivers ring by ring; all at once where they are so few that most rings would be empty."""
        everybody = self._of_class[vehicle_class]
        if len(everybody) <= _FEW * at_most:
            yield everybody
            return
        for ring in range(math.floor(radius_m / _CELL_M) + 2):
            yield self._on_ring(vehicle_class, east, north, ring)

    def _on_ring(self, vehicle_class: str, east: float, north: float, ring: int) -> Iterator[tuple[float, float, int]]:
        x, y = math.floor(east / _CELL_M), math.floor(north / _CELL_M)
        cells = self._cells
        if ring == 0:
            yield from cells.get((vehicle_class, x, y), ())
            return
        for step in range(-ring, ring + 1):
            yield from cells.get((vehicle_class, x + step, y - ring), ())
            yield from cells.get((vehicle_class, x + step, y + ring), ())
        for step in range(-ring + 1, ring):
            yield from cells.get((vehicle_class, x - ring, y + step), ())
            yield from cells.get((vehicle_class, x + ring, y + step), ())
