"""The driven way and its length, from noisy fixes.

The sum of a path's straight pieces counts noise as distance: in a quarter of an hour in a jam, 3 m of noise add up to a
kilometre. So the noise is estimated from the path (`noise`), each stand becomes one place, and the rest is cut into
straight lines (`lines`). The length is that of the lines between their crossings, so a corner that no fix saw is found
where two streets meet. Driving to and fro on one line counts if it goes further than noise does. If fixes are too far
apart for lines, the straight pieces between them count (`sparse`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rideflow.kernel.geo import EARTH_RADIUS_M, Point, distance_m
from rideflow.locations.lines import Line, Noise, Piece, Place, Track, pieces
from rideflow.locations.noise import noise_of
from rideflow.locations.sparse import Fix, pieces_between, sparse_steps, stretches, unseen_m
from rideflow.supply.model import PathPoint

_LEAST_FIXES = 5
"""Fewer fixes do not show the noise."""
_TOGETHER_S, _TOGETHER_M = 2.5, 40.0
"""Fixes that follow each other faster and nearer are averaged, so that a line has as many as with slower phones."""
_TURNS_BACK_SIGMAS = 6.0
_BENDS, _CORNERS = 0.5, 0.9
"""Radians. Up to the first a change of direction counts as a bend, from the second on as a corner."""
_LEAST_SPIKE_M, _BRAKES_MPS2 = 50.0, 5.0
_SPIKE_SIGMAS = 4.0
_MEDIAN_DEVIATE = 0.6745


class Way(NamedTuple):
    """The driven way without its noise: its start, its turns, its end, and its length in metres.

    The way may be longer by `unseen_m`, because some fixes were too far apart.
    """

    line: list[Point]
    length_m: float
    unseen_m: float = 0.0


def driven_way(path: Sequence[PathPoint]) -> Way:
    """The way of a path in order of time. It is never shorter than the straight line between its ends."""
    if len(path) < 2:
        return Way([Point(lat=point.lat, lng=point.lng) for point in path], 0.0)
    plane = _Plane(path)
    fixes = _without_spikes(plane.fixes)
    sparse = sparse_steps(fixes)
    turns, length_m = list[Place](), 0.0
    for is_sparse, part in stretches(fixes, sparse):
        places, part_m = pieces_between(part) if is_sparse else _measured(part)
        turns, length_m = turns + places, length_m + part_m
    line = [plane.point(place) for place in turns or [fixes[0][1:]]]
    return Way(line, max(length_m, distance_m(line[0], line[-1])), unseen_m(fixes, sparse))


class _Plane:
    """A plane in metres around the middle of a path. Within a metropolitan area a map is flat to a thousandth."""

    def __init__(self, path: Sequence[PathPoint]) -> None:
        self.lat = (min(point.lat for point in path) + max(point.lat for point in path)) / 2
        self.lng = path[0].lng
        self.north = math.radians(1) * EARTH_RADIUS_M
        self.east = self.north * max(1e-6, math.cos(math.radians(self.lat)))
        start_ms = path[0].recorded_ms
        self.fixes = [
            Fix((point.recorded_ms - start_ms) / 1000, self._x(point.lng), (point.lat - self.lat) * self.north)
            for point in path
        ]

    def _x(self, lng: float) -> float:
        return ((lng - self.lng + 180) % 360 - 180) * self.east

    def point(self, place: Place) -> Point:
        lng = (self.lng + place[0] / self.east + 180) % 360 - 180
        return Point(lat=max(-90.0, min(90.0, self.lat + place[1] / self.north)), lng=lng)


def _averaged(fixes: Sequence[Fix]) -> list[Fix]:
    together: list[list[Fix]] = []
    for fix in fixes:
        first = together[-1][0] if together else None
        if first and fix.at_s - first.at_s < _TOGETHER_S and math.dist(fix[1:], first[1:]) < _TOGETHER_M:
            together[-1].append(fix)
        else:
            together.append([fix])
    return [Fix(*(sum(values) / len(group) for values in zip(*group, strict=True))) for group in together]


def _without_spikes(fixes: Sequence[Fix]) -> list[Fix]:
    """The fixes without those that are too far off the way between their neighbours for a car to get there and back."""
    bends = sorted(_off(*around) for around in zip(fixes, fixes[1:], fixes[2:], strict=False))
    usual_m = _SPIKE_SIGMAS * bends[len(bends) // 2] / _MEDIAN_DEVIATE if bends else 0.0
    kept = list(fixes[:1])
    for fix, after in pairwise(fixes[1:]):
        before = kept[-1]
        reach_m = _BRAKES_MPS2 * (fix.at_s - before.at_s) * (after.at_s - fix.at_s) / 2
        if _off(before, fix, after) <= usual_m + max(_LEAST_SPIKE_M, reach_m):
            kept.append(fix)
    return [*kept, *fixes[1:][-1:]]


def _off(before: Fix, fix: Fix, after: Fix) -> float:
    share = (fix.at_s - before.at_s) / max(1e-3, after.at_s - before.at_s)
    x, y = before.x + share * (after.x - before.x), before.y + share * (after.y - before.y)
    return math.hypot(fix.x - x, fix.y - y)


def _measured(fixes: Sequence[Fix]) -> tuple[list[Place], float]:
    """The turns of the way, and its length."""
    if len(fixes) >= _LEAST_FIXES:
        fixes = _averaged(fixes)
    if len(fixes) < _LEAST_FIXES:
        return pieces_between(fixes)
    places = [(fix.x, fix.y) for fix in fixes]
    noise, penalty = noise_of(places)
    places = _standing_still(places, noise, penalty)
    if len(places) < 2:
        return list(places), 0.0
    track = Track(places, noise.rho)
    cut = pieces(track, noise, penalty, with_stands=False)
    lines = [track.line(piece) for piece in cut]
    turns = list(_turns(places, cut, lines, noise))
    length_m = sum(math.dist(a, b) for a, b in pairwise(turns))
    for piece, line, ends in zip(cut, lines, pairwise(turns), strict=True):
        start, *between, end = (line.along(at) for at in (ends[0], *places[piece.first : piece.last + 1], ends[1]))
        length_m += _to_and_fro(start, between, end, _TURNS_BACK_SIGMAS * noise.sigma_m) - abs(end - start)
    return turns, length_m


def _standing_still(places: Sequence[Place], noise: Noise, penalty: float) -> list[Place]:
    """The places, with a single one for each stand."""
    track = Track(places, noise.rho)
    still: list[Place] = []
    for piece in pieces(track, noise, penalty, with_stands=True):
        if piece.is_stand:
            fit = track.scatter(piece.first, piece.last)
            still.append((fit.x, fit.y))
        else:
            still += places[piece.first : piece.last + 1]
    return still


def _turns(places: Sequence[Place], cut: Sequence[Piece], lines: Sequence[Line], noise: Noise) -> Iterator[Place]:
    """The start of the way, the joint of each line with the next, and the end."""
    yield lines[0].at(lines[0].along(places[0]))
    for (piece, line), (next_piece, next_line) in pairwise(zip(cut, lines, strict=True)):
        yield _joint(line, next_line, places[piece.last], places[next_piece.first], 2 * noise.sigma_m)
    yield lines[-1].at(lines[-1].along(places[-1]))


def _joint(line: Line, following: Line, last: Place, first: Place, slack_m: float) -> Place:
    """The crossing of the lines, if it is a corner near the fixes beside it; else the middle of the gap between them.

    For angles between a bend and a corner, the place is in between.
    """
    from_m, to_m = line.along(last), following.along(first)
    (ax, ay), (bx, by) = line.at(from_m), following.at(to_m)
    gap_x, gap_y = bx - ax, by - ay
    (ax, ay), (bx, by) = (
        line.at(from_m + (gap_x * line.dx + gap_y * line.dy) / 2),
        following.at(to_m - (gap_x * following.dx + gap_y * following.dy) / 2),
    )
    middle = ((ax + bx) / 2, (ay + by) / 2)
    sine = line.dx * following.dy - line.dy * following.dx
    sharpness = (math.asin(min(1.0, abs(sine))) - _BENDS) / (_CORNERS - _BENDS)
    if sharpness <= 0:
        return middle
    off_x, off_y = following.x - line.x, following.y - line.y
    crossing_m = (off_x * following.dy - off_y * following.dx) / sine
    coming_m = (off_x * line.dy - off_y * line.dx) / sine
    if max(abs(crossing_m - from_m), abs(coming_m - to_m)) > math.hypot(gap_x, gap_y) + slack_m:
        return middle
    corner, share = line.at(crossing_m), min(1.0, sharpness)
    return middle[0] + share * (corner[0] - middle[0]), middle[1] + share * (corner[1] - middle[1])


def _to_and_fro(start: float, between: Sequence[float], end: float, least_m: float) -> float:
    """The length of the way along a line through the places between. A turn back counts if it exceeds `least_m`."""
    way_m, pivot, furthest, direction = 0.0, start, start, 0
    for place in (*between, end):
        if direction == 0 and abs(place - start) > least_m:
            direction = 1 if place > start else -1
        if direction * (place - furthest) > 0:
            furthest = place
        elif direction * (furthest - place) > least_m:
            way_m, pivot, furthest, direction = way_m + abs(furthest - pivot), furthest, place, -direction
    return way_m + abs(end - pivot)
