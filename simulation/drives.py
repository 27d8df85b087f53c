"""Cars driven along streets, and the positions of their noisy phones: rides whose true length is known.

Lengths in metres, times in seconds, on a plane around San Francisco's centre.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import NamedTuple

from rideflow.kernel.geo import EARTH_RADIUS_M, Point

type Place = tuple[float, float]
type Streets = Callable[[Random, float], list[Place]]
"""A function that draws the corners of a way of the given length."""

_CENTRE = Point(lat=37.7749, lng=-122.4194)
_NORTH_M = math.radians(1) * EARTH_RADIUS_M
_EAST_M = _NORTH_M * math.cos(math.radians(_CENTRE.lat))
_STEP_M = 5.0
_CORNER, _CORNER_MPS, _BACK_MPS, _START_MPS = 0.6, 5.0, 2.5, 0.5
_SPEEDS_UP_MPS2, _BRAKES_MPS2 = 1.5, 2.0


class Noise(NamedTuple):
    """Standard deviation in each axis, and the correlation of one fix's error with the next one's."""

    sigma_m: float
    rho: float = 0.0

    def __str__(self) -> str:
        return f"correlated {self.sigma_m:g} m" if self.rho else f"white {self.sigma_m:g} m"


class Fix(NamedTuple):
    """A phone's position; `at_ms` counts from the ride's start."""

    at_ms: int
    point: Point


class Drive(NamedTuple):
    """A true ride: the corners of its way, its length, its time, and how much of that time the car stood."""

    line: list[Point]
    length_m: float
    duration_s: float
    stood_s: float
    fixes: list[Fix]


def city(draw: Random, length_m: float, turns: float = 0.5, back: float = 0.0) -> list[Place]:
    """Blocks of 100 to 150 m; at each crossing a turn, a way back, or straight on."""

    def turn() -> float:
        chance = draw.random()
        if chance < back:
            return math.pi
        return draw.choice((-1, 1)) * math.pi / 2 if chance < back + turns else 0.0

    return _way(draw, length_m, lambda: draw.uniform(100, 150), turn)


def old_town(draw: Random, length_m: float) -> list[Place]:
    """Short streets at any angle."""

    def turn() -> float:
        return draw.choice((draw.uniform(-0.5, 0.5), draw.choice((-1, 1)) * draw.uniform(0.6, 2.0)))

    return _way(draw, length_m, lambda: draw.uniform(40, 200), turn)


def straight(draw: Random, length_m: float) -> list[Place]:
    """Roads of kilometres with bends between them."""
    return _way(draw, length_m, lambda: draw.uniform(400, 3000), lambda: draw.gauss(0, 0.5))


def with_ways_back(draw: Random, length_m: float) -> list[Place]:
    """A city in which a car sometimes turns and comes back the way it went."""
    return city(draw, length_m, 0.4, 0.05)


STREETS: Mapping[str, Streets] = {
    "city": city,
    "old_town": old_town,
    "straight": straight,
    "with_ways_back": with_ways_back,
}


def drive(
    streets: Streets,
    draw: Random,
    length_m: float,
    *,
    standing: float,
    noise: Noise,
    interval_s: tuple[float, float] = (3.0, 5.0),
) -> Drive:
    """A ride of that length that stands the share `standing` of its time, at places that are drawn."""
    corners = streets(draw, length_m)
    on_the_way = journey(draw, corners, standing)
    told = _told(draw, on_the_way.place, on_the_way.duration_s, interval_s, noise)
    line = [_point(corner) for corner in corners]
    return Drive(line, on_the_way.length_m, on_the_way.duration_s, on_the_way.stood_s, told)


class Journey:
    """A car's true movement along the corners of a way: where it is at each time since it left."""

    def __init__(
        self,
        corners: Sequence[Place],
        turns: Sequence[float],
        timetable: tuple[list[float], list[float]],
        stood_s: float,
    ) -> None:
        """`turns` is how far along the way each corner is, `timetable` times and how far the car has come by then."""
        self._xs, self._ys = zip(*corners, strict=True)
        self._turns = turns
        self._times, self._ways = timetable
        self.length_m, self.duration_s, self.stood_s = turns[-1], self._times[-1], stood_s

    def place(self, at_s: float) -> Place:
        way_m = self.way_m(at_s)
        return _between(self._turns, self._xs, way_m), _between(self._turns, self._ys, way_m)

    def way_m(self, at_s: float) -> float:
        """How far the car has come."""
        return _between(self._times, self._ways, min(max(at_s, 0.0), self.duration_s))

    def piece(self, at_s: float) -> int:
        """The number of the piece between two corners on which the car is."""
        return min(max(bisect_right(self._turns, self.way_m(at_s)) - 1, 0), len(self._turns) - 2)

    def heading_deg(self, at_s: float) -> float:
        """Clockwise from north."""
        piece = self.piece(at_s)
        east, north = self._xs[piece + 1] - self._xs[piece], self._ys[piece + 1] - self._ys[piece]
        return math.degrees(math.atan2(east, north)) % 360

    def corner_times(self) -> list[float]:
        """The times at which the car turns, in order."""
        times = list[float]()
        for number in range(1, len(self._turns) - 1):
            (ax, ay), (bx, by), (cx, cy) = ((self._xs[at], self._ys[at]) for at in range(number - 1, number + 2))
            angle = math.atan2(cy - by, cx - bx) - math.atan2(by - ay, bx - ax)
            if abs((angle + math.pi) % (2 * math.pi) - math.pi) > _CORNER:
                times.append(_between(self._ways, self._times, self._turns[number]))
        return times


def journey(draw: Random, corners: Sequence[Place], standing: float) -> Journey:
    """A journey along two corners or more that stands the share `standing` of its time, at places that are drawn."""
    turns = [0.0, *accumulate(math.dist(a, b) for a, b in pairwise(corners))]
    length_m = turns[-1]
    stops = _stops(draw, length_m) if standing else {}
    steps = max(2, int(length_m / _STEP_M))
    marks = [length_m * step / steps for step in range(steps + 1)]
    speeds = _speeds(draw, corners, turns, marks, stops)
    moved_s = sum(2 * (b - a) / (u + v) for (a, b), (u, v) in zip(pairwise(marks), pairwise(speeds), strict=True))
    stood_s = moved_s * standing / (1 - standing)
    scale = stood_s / sum(stops.values()) if stops else 0.0
    timetable = _timetable(marks, speeds, {stop: scale * share for stop, share in stops.items()})
    return Journey(corners, turns, timetable, stood_s)


def _way(draw: Random, length_m: float, street: Callable[[], float], turn: Callable[[], float]) -> list[Place]:
    heading, left_m = draw.uniform(0, 2 * math.pi), length_m
    corners: list[Place] = [(0.0, 0.0)]
    while left_m > 0:
        ahead_m = min(street(), left_m)
        x, y = corners[-1]
        corners.append((x + ahead_m * math.cos(heading), y + ahead_m * math.sin(heading)))
        heading, left_m = heading + turn(), left_m - ahead_m
    return corners


def _stops(draw: Random, length_m: float) -> dict[int, float]:
    """Marks at which the car stands, with each one's share of the standing time."""
    number = max(1, int(length_m / draw.uniform(300, 800)))
    return {draw.randrange(1, max(2, int(length_m / _STEP_M))): draw.expovariate(1) + 0.1 for _ in range(number)}


def _speeds(
    draw: Random, corners: Sequence[Place], turns: Sequence[float], marks: Sequence[float], stops: Mapping[int, float]
) -> list[float]:
    """The speed at each mark: each street has its own, corners and stops are slow, and changes are those of a car."""
    usual = [draw.uniform(8, 16) for _ in range(len(corners) // 3 + 1)]
    speeds = [usual[(bisect_right(turns, mark) - 1) // 3] for mark in marks]
    step_m = marks[1]
    for number, (a, b, c) in enumerate(zip(corners, corners[1:], corners[2:], strict=False), 1):
        angle = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0])
        angle = abs((angle + math.pi) % (2 * math.pi) - math.pi)
        if angle > _CORNER:
            mark = round(turns[number] / step_m)
            speeds[mark] = min(speeds[mark], _CORNER_MPS if angle < 2.5 else _BACK_MPS)
    for mark in (0, *stops, len(marks) - 1):
        speeds[mark] = _START_MPS
    for mark in range(1, len(marks)):
        speeds[mark] = min(speeds[mark], math.sqrt(speeds[mark - 1] ** 2 + 2 * _SPEEDS_UP_MPS2 * step_m))
    for mark in range(len(marks) - 2, -1, -1):
        speeds[mark] = min(speeds[mark], math.sqrt(speeds[mark + 1] ** 2 + 2 * _BRAKES_MPS2 * step_m))
    return speeds


def _timetable(
    marks: Sequence[float], speeds: Sequence[float], stands: Mapping[int, float]
) -> tuple[list[float], list[float]]:
    """Times, and the distance that the car has driven by then."""
    times, ways = [0.0], [0.0]
    for mark in range(1, len(marks)):
        times.append(times[-1] + 2 * (marks[mark] - marks[mark - 1]) / (speeds[mark - 1] + speeds[mark]))
        ways.append(marks[mark])
        if mark in stands:
            times.append(times[-1] + stands[mark])
            ways.append(marks[mark])
    return times, ways


def _told(
    draw: Random, place: Callable[[float], Place], end_s: float, interval_s: tuple[float, float], noise: Noise
) -> list[Fix]:
    fixes, at_s = [], 0.0
    east = north = None
    new = noise.sigma_m * math.sqrt(1 - noise.rho**2)
    while True:
        at_s = min(at_s, end_s)
        east = draw.gauss(0, noise.sigma_m) if east is None else noise.rho * east + draw.gauss(0, new)
        north = draw.gauss(0, noise.sigma_m) if north is None else noise.rho * north + draw.gauss(0, new)
        x, y = place(at_s)
        fixes.append(Fix(round(at_s * 1000), _point((x + east, y + north))))
        if at_s == end_s:
            return fixes
        at_s += draw.uniform(*interval_s)


def _between(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    number = min(max(bisect_right(xs, x) - 1, 0), len(xs) - 2)
    width = xs[number + 1] - xs[number]
    return ys[number] + (ys[number + 1] - ys[number]) * ((x - xs[number]) / width if width else 1.0)


def _point(place: Place) -> Point:
    return Point(lat=_CENTRE.lat + place[1] / _NORTH_M, lng=_CENTRE.lng + place[0] / _EAST_M)
