"""A network of streets made from a city's outlines and grids: where cars are, and the ways that they take.

Places are metres east and north of the city's centre. The streets are as good as a map's viewer needs them: they run as
the city's do, keep off water and parks, and meet at corners. They are made here and come from no map.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rideflow.kernel.geo import EARTH_RADIUS_M, Point
from simulation.drives import Place
from simulation.scenes import san_francisco as city

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

    type Degrees = np.ndarray[tuple[int], np.dtype[np.float64]]
    type Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]

BLOCK_M = 150.0
"""The length of a block in the grids, about that of real ones. Cars stop and riders wait at corners."""

_REACH_M = 12_000.0
"""No street of the city is further from its centre."""

_SEAM_M = 1.3 * BLOCK_M
"""Corners of two grids that are nearer than this are connected."""

_EVERY_ARTERY = 3
_STREET_MPS, _ARTERY_MPS, _FREEWAY_MPS = 7.0, 10.0, 22.0
"""Speeds by which drivers choose their way, not those that they drive: arteries rather than side streets."""

_TURN_S, _BEND = 14.0, 0.6
"""The cost of a turn, and the angle in radians from which on it is one: people do not drive in stairs."""

_NORTH_M = math.radians(1) * EARTH_RADIUS_M
_EAST_M = _NORTH_M * math.cos(math.radians(city.CENTRE.lat))


def place_of(point: Point) -> Place:
    """Metres east and north of the city's centre."""
    return ((point.lng - city.CENTRE.lng) * _EAST_M, (point.lat - city.CENTRE.lat) * _NORTH_M)


def point_of(place: Place) -> Point:
    """The inverse, to a tenth of a metre."""
    return Point(
        lat=round(city.CENTRE.lat + place[1] / _NORTH_M, 6), lng=round(city.CENTRE.lng + place[0] / _EAST_M, 6)
    )


class Streets:
    """Corners and the streets between them. All corners can be reached from each other.

    A way starts from a *stand*: a corner at which a car is parked, or the piece of street that it drives on. So a car
    that is asked to go elsewhere first drives to the next corner, and does not turn on the spot.
    """

    def __init__(self, corners: Sequence[Place], pieces: Sequence[tuple[int, int, float]]) -> None:
        """`pieces` are streets between two corners, each with its speed in m/s."""
        from scipy.spatial import cKDTree

        self.corners = list(corners)
        self._near = cKDTree(self.corners)
        self._ahead: list[int] = [*range(len(corners)), *(end for a, b, _ in pieces for end in (b, a))]
        """The corner at the end of each stand."""
        self._behind: list[int] = [*range(len(corners)), *(start for a, b, _ in pieces for start in (a, b))]
        self._arriving: dict[int, list[int]] = defaultdict(list)
        for stand in range(len(corners), len(self._ahead)):
            self._arriving[self._ahead[stand]].append(stand)
        self._turns = self._graph([speed for *_, speed in pieces for _ in (0, 1)])

    def corner_near(self, place: Place) -> int:
        """The corner that is nearest."""
        return int(self._near.query(place)[1])

    def corners_within(self, place: Place, radius_m: float) -> list[int]:
        """Corners in a circle, in no order that means anything."""
        return sorted(int(corner) for corner in self._near.query_ball_point(place, radius_m))

    def way(self, stand: int, to: int) -> list[int]:
        """The stands that a car comes through on its way to a corner, from its own on. Empty if it is there."""
        from scipy.sparse.csgraph import dijkstra

        if self._ahead[stand] == to:
            return [] if stand == to else [stand]
        seconds, before = dijkstra(self._turns, indices=stand, return_predecessors=True)
        way = [min(self._arriving[to], key=lambda arriving: seconds[arriving])]
        while way[-1] != stand:
            way.append(int(before[way[-1]]))
        return way[::-1]

    def places(self, way: Sequence[int]) -> list[Place]:
        """The corners at the ends of a way's stands."""
        return [self.corners[self._ahead[stand]] for stand in way]

    def ahead(self, stand: int) -> int:
        """The corner to which a stand leads; a corner leads to itself."""
        return self._ahead[stand]

    def _graph(self, speeds: Sequence[float]) -> csr_array[Any]:
        """Seconds from each stand to each that follows it. Cars turn round only where a street ends."""
        from scipy.sparse import coo_array

        corners = len(self.corners)
        leaving: dict[int, list[int]] = defaultdict(list)
        for stand in range(corners, len(self._ahead)):
            leaving[self._behind[stand]].append(stand)
        rows, columns, seconds = list[int](), list[int](), list[float]()
        for stand, corner in enumerate(self._ahead):
            for following in leaving[corner]:
                is_back = stand >= corners and self._ahead[following] == self._behind[stand]
                if is_back and len(leaving[corner]) > 1:
                    continue
                length_m = math.dist(self.corners[corner], self.corners[self._ahead[following]])
                rows.append(stand)
                columns.append(following)
                turn_s = _TURN_S if stand >= corners and self._turn(stand, following) > _BEND else 0.0
                seconds.append(length_m / speeds[following - corners] + turn_s)
        size = len(self._ahead)
        return coo_array((seconds, (rows, columns)), shape=(size, size)).tocsr()

    def _turn(self, stand: int, following: int) -> float:
        a, b, c = (self.corners[each] for each in (self._behind[stand], self._ahead[stand], self._ahead[following]))
        angle = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0])
        return abs((angle + math.pi) % (2 * math.pi) - math.pi)


@cache
def san_francisco() -> Streets:
    """The streets of San Francisco and its way to the airport."""
    corners, pieces = list[Place](), list[tuple[int, int, float]]()
    grid_of = list[int]()
    for number, grid in enumerate(city.GRIDS):
        numbers: dict[tuple[int, int], int] = {}
        for crossing, place in _lattice(number, grid):
            numbers[crossing] = len(corners)
            corners.append(place)
            grid_of.append(number)
        for (i, j), corner in numbers.items():
            for other, street in (((i + 1, j), j), ((i, j + 1), i)):
                if other in numbers:
                    speed = _STREET_MPS if street % _EVERY_ARTERY else _ARTERY_MPS
                    pieces.append((corner, numbers[other], speed))
    pieces += _seams(corners, grid_of)
    in_the_city = len(corners)
    corners += [place_of(point) for point in (*city.FREEWAY, city.WAITING_LOT)]
    freeway = range(in_the_city, in_the_city + len(city.FREEWAY))
    pieces += [(a, b, _FREEWAY_MPS) for a, b in pairwise(freeway)]
    pieces.append((freeway[city.LOT_IS_OFF], len(corners) - 1, _STREET_MPS))
    for ramp in city.RAMPS:
        nearest = min(range(in_the_city), key=lambda corner: math.dist(corners[corner], corners[freeway[ramp]]))
        pieces.append((nearest, freeway[ramp], _STREET_MPS))
    return Streets(*_connected(corners, pieces))


def _lattice(number: int, grid: city.Grid) -> Iterator[tuple[tuple[int, int], Place]]:
    """The crossings of a grid's streets on its land, by their numbers across and along."""
    import numpy as np

    turned = math.radians(grid.bearing_deg)
    numbers = np.arange(-int(_REACH_M / BLOCK_M), int(_REACH_M / BLOCK_M))
    i, j = (axis.ravel() for axis in np.meshgrid(numbers, numbers))
    x = BLOCK_M * (i * math.cos(turned) + j * math.sin(turned))
    y = BLOCK_M * (j * math.cos(turned) - i * math.sin(turned))
    lat, lng = city.CENTRE.lat + y / _NORTH_M, city.CENTRE.lng + x / _EAST_M
    is_street = _inside(grid.outline, lat, lng) & _inside(city.LAND, lat, lng)
    for outline in (*city.PARKS, *(earlier.outline for earlier in city.GRIDS[:number])):
        is_street &= ~_inside(outline, lat, lng)
    for index in np.flatnonzero(is_street):
        yield (int(i[index]), int(j[index])), (float(x[index]), float(y[index]))


def _inside(outline: city.Outline, lat: Degrees, lng: Degrees) -> Truths:
    """Whether points are inside, by the number of edges that a ray from each crosses."""
    import numpy as np

    inside = np.zeros(lat.shape, dtype=bool)
    for (a_lat, a_lng), (b_lat, b_lng) in pairwise((*outline, outline[0])):
        if a_lat != b_lat:
            crossing = a_lng + (b_lng - a_lng) * (lat - a_lat) / (b_lat - a_lat)
            inside ^= ((a_lat > lat) != (b_lat > lat)) & (lng < crossing)
    return inside


def _seams(corners: Sequence[Place], grid_of: Sequence[int]) -> Iterator[tuple[int, int, float]]:
    """Connect corners at the edge of a grid with the nearest one of another."""
    from scipy.spatial import cKDTree

    near, seen = cKDTree(corners), set[tuple[int, int]]()
    for corner, place in enumerate(corners):
        others = [int(each) for each in near.query_ball_point(place, _SEAM_M) if grid_of[each] != grid_of[corner]]
        if not others:
            continue
        nearest = min(others, key=lambda other: math.dist(corners[other], place))
        pair = (min(corner, nearest), max(corner, nearest))
        if pair not in seen:
            seen.add(pair)
            yield (*pair, _STREET_MPS)


def _connected(
    corners: Sequence[Place], pieces: Sequence[tuple[int, int, float]]
) -> tuple[list[Place], list[tuple[int, int, float]]]:
    """The largest part in which each corner leads to each other one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = ([a for a, *_ in pieces], [b for _, b, _ in pieces])
    graph = coo_array(([1] * len(pieces), ends), shape=(len(corners), len(corners)))
    _, part_of = connected_components(graph, directed=False)
    parts = [int(part) for part in part_of]
    largest = max(set(parts), key=parts.count)
    kept = [corner for corner, part in enumerate(parts) if part == largest]
    number = {corner: index for index, corner in enumerate(kept)}
    return [corners[corner] for corner in kept], [(number[a], number[b], v) for a, b, v in pieces if a in number]
