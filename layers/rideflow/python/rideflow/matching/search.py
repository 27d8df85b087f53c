"""The radius of the search for drivers, and the search for the nearest ones."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Self

from rideflow.kernel.geo import EARTH_RADIUS_M
from rideflow.markets.model import Market
from rideflow.markets.travel import TravelTimes
from rideflow.matching.eligibility import is_eligible
from rideflow.matching.world import FreeDriver, OpenRequest

_CELL_M = 500.0
"""About the distance between free drivers in a busy quarter, so a few cells hold the nearest ones."""

_FEW = 8
"""If there are at most this many times the wanted drivers, reading them all is cheaper than a search of the cells."""


@dataclass(frozen=True, slots=True)
class SearchRadius:
    """The search radius, which grows with the rider's wait: `steps` are (from this many seconds on, metres).

    `latitude` is the latitude around which the map is flattened to metres; None means the mean of the requests.
    """

    steps: tuple[tuple[float, float], ...]
    latitude: float | None = None

    @classmethod
    def of(cls, market: Market) -> Self:
        return cls(tuple((step.waited_s, step.radius_m) for step in market.matching.search))

    def at(self, waiting_s: float) -> float:
        return max((metres for since_s, metres in self.steps if waiting_s >= since_s), default=self.steps[0][1])

    def within(self, limit_m: float) -> SearchRadius:
        """The same steps, with no radius wider than the limit."""
        return replace(self, steps=tuple((since_s, min(metres, limit_m)) for since_s, metres in self.steps))


@dataclass(frozen=True, slots=True)
class Plane:
    """The map as a plane: equirectangular around one latitude, exact to half a percent over a hundred kilometres."""

    latitude: float

    def metres_per_degree(self) -> tuple[float, float]:
        """Metres in a degree to the east, and in a degree to the north."""
        radians = math.pi / 180
        return EARTH_RADIUS_M * radians * math.cos(self.latitude * radians), EARTH_RADIUS_M * radians

    def metres(self, lat: float, lng: float) -> tuple[float, float]:
        """East and north in metres."""
        east, north = self.metres_per_degree()
        return lng * east, lat * north


type _Placed = tuple[float, float, int]
"""Metres east, metres north, index of the driver."""

type _Kind = tuple[str, bool, bool]
"""Vehicle class; whether only vehicles that take a wheelchair; whether only drivers who take upgrades."""


class Neighbourhood[Driver: Hashable]:
    """Finds the nearest eligible drivers, in square cells.

    Ineligible drivers are left out before the nearest are taken, so many of them nearby never hide an eligible one. The
    few vehicles that take a wheelchair are searched separately.
    """

    def __init__(
        self, drivers: Sequence[FreeDriver[Driver]], plane: Plane, travel_times: TravelTimes, now_s: float = 0.0
    ) -> None:
        self._plane, self._travel_times, self._now_s = plane, travel_times, now_s
        self._cells: dict[_Kind, dict[tuple[int, int], list[_Placed]]] = defaultdict(lambda: defaultdict(list))
        self._of_kind: dict[_Kind, list[_Placed]] = defaultdict(list)
        self._drivers = drivers
        self._restricted = {index for index, driver in enumerate(drivers) if driver.traits.restrict}
        east_m, north_m = plane.metres_per_degree()
        for index, driver in enumerate(drivers):
            placed = (driver.lng * east_m, driver.lat * north_m, index)
            vehicle_class, traits = driver.vehicle_class, driver.traits
            self._of_kind[vehicle_class, False, False].append(placed)
            if traits.wheelchair_accessible:
                self._of_kind[vehicle_class, True, False].append(placed)
            if traits.takes_upgrades:
                self._of_kind[vehicle_class, False, True].append(placed)
                if traits.wheelchair_accessible:
                    self._of_kind[vehicle_class, True, True].append(placed)

    def nearest(self, request: OpenRequest[object, Driver], radius_m: float, at_most: int) -> list[tuple[float, int]]:
        """(metres, index of the driver) of the eligible drivers within the radius, nearest first."""
        (own, upgrades), accessible = request.classes, request.requirements.wheelchair_accessible
        kinds = [(each, accessible, False) for each in own]
        kinds += [kind for each in upgrades if (kind := (each, accessible, True)) in self._of_kind]
        found = [entry for kind in kinds for entry in self._nearest(kind, request, radius_m, at_most)]
        found.sort()
        return found[:at_most]

    def _nearest(
        self, kind: _Kind, request: OpenRequest[object, Driver], radius_m: float, at_most: int
    ) -> list[tuple[float, int]]:
        """At least the `at_most` nearest eligible drivers of one kind, or all if there are fewer."""
        east, north = self._plane.metres(request.lat, request.lng)
        distance = math.hypot
        found: list[tuple[float, int]] = []
        for ring, placed in enumerate(self._outwards(kind, east, north, radius_m, at_most)):
            near = [
                (metres, index)
                for driver_east, driver_north, index in placed
                if (metres := distance(driver_east - east, driver_north - north)) <= radius_m
            ]
            found += self._eligible(request, near)
            # A driver on a further ring is at least `ring` whole cells away.
            sure_m = ring * _CELL_M
            if len(found) >= at_most and len([None for metres, _ in found if metres <= sure_m]) >= at_most:
                break
        return found

    def _eligible(self, request: OpenRequest[object, Driver], near: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """The eligible drivers. Most rides require nothing and most drivers take every trip, so few need a check."""
        drivers, excluded, restricted = self._drivers, request.excluded, self._restricted
        required, now_s, travel_times = request.requirements, self._now_s, self._travel_times
        if required.wheelchair_accessible or required.min_driver_rating is not None:
            return [entry for entry in near if is_eligible(drivers[entry[1]], request, now_s, travel_times)]
        if restricted:
            near = [
                entry
                for entry in near
                if entry[1] not in restricted or is_eligible(drivers[entry[1]], request, now_s, travel_times)
            ]
        return [entry for entry in near if drivers[entry[1]].driver_id not in excluded] if excluded else near

    def _outwards(
        self, kind: _Kind, east: float, north: float, radius_m: float, at_most: int
    ) -> Iterator[Iterable[_Placed]]:
        """Drivers ring by ring, or all at once if they are so few that most rings would be empty."""
        everybody = self._of_kind[kind]
        if len(everybody) <= _FEW * at_most:
            yield everybody
            return
        cells = self._cells_of(kind)
        x, y = math.floor(east / _CELL_M), math.floor(north / _CELL_M)
        for ring in range(math.floor(radius_m / _CELL_M) + 2):
            yield [placed for right, up in _ring(ring) for placed in cells.get((x + right, y + up), ())]

    def _cells_of(self, kind: _Kind) -> dict[tuple[int, int], list[_Placed]]:
        """The drivers of a kind by cell, sorted on the first call: a quiet zone needs no cells."""
        cells = self._cells[kind]
        if not cells:
            for placed in self._of_kind[kind]:
                cells[math.floor(placed[0] / _CELL_M), math.floor(placed[1] / _CELL_M)].append(placed)
        return cells


@cache
def _ring(steps: int) -> list[tuple[int, int]]:
    """The cells that are this many steps away from a cell, as (columns, rows) from it."""
    if steps == 0:
        return [(0, 0)]
    along, across = range(-steps, steps + 1), range(1 - steps, steps)
    rows = [(column, row) for row in (-steps, steps) for column in along]
    return rows + [(column, row) for column in (-steps, steps) for row in across]
