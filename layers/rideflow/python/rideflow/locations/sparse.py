"""Parts of a path whose fixes are too far apart to show the streets between them.

The lines of `driven` need several fixes on each street. Phones in the background or saving power send one fix in 10 to
45 seconds, which is about one for each corner, or fewer. Such a part is measured by the straight pieces between its
fixes, which is the least that the car drove. `unseen_m` is how much longer the way may have been, for `coverage`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rideflow.locations.lines import Place

OFTEN_S = 6.5
"""A phone sends a fix every 3 to 5 seconds. Up to this interval the lines find the corners; beyond it they cut them."""
_ALONE_S = 2 * OFTEN_S
"""One longer step among short ones, as after a lost message, hides at most one corner, which the lines find."""
_STANDS_M, _STANDS_MPS = 40.0, 3.0
"""A car stands if its fixes stay this near to each other and progress no faster than this."""
_SHOWS_M = 60.0
"""Over this distance, noise of 10 m turns a direction by a seventh of a right angle."""
_BENDS = 0.35
"""Radians. A way that turns by less at each end of a step is a bend, hardly longer than the straight line."""
_AROUND = 1.9
"""Radians. A way that turns by more within a step was not a single corner."""
_OFF_M = 15.0
"""A corner that is nearer to the straight line is within a phone's noise."""
_BLOCKS = math.sqrt(2) - 1
"""A way along the streets of a grid is longer than the straight line by at most this share of it."""


class Fix(NamedTuple):
    """Seconds since the path's start, metres east and north of an origin."""

    at_s: float
    x: float
    y: float


class _Spot(NamedTuple):
    """A fix, or the mean of the fixes of one stand. `last` is the index of its last fix."""

    place: Place
    last: int


def sparse_steps(fixes: Sequence[Fix]) -> list[bool]:
    """For each step from a fix to the next, whether it is sparse: long and beside another long one, or very long."""
    seconds = [b.at_s - a.at_s for a, b in pairwise(fixes)]
    beside = zip([0.0, *seconds], seconds, [*seconds[1:], 0.0], strict=False)
    return [took > _ALONE_S or (took > OFTEN_S and max(before, after) > OFTEN_S) for before, took, after in beside]


def stretches(fixes: Sequence[Fix], sparse: Sequence[bool]) -> Iterator[tuple[bool, Sequence[Fix]]]:
    """The longest parts whose steps are all sparse or all not sparse, each with whether they are sparse.

    Each part begins with the last fix of the part before it.
    """
    start = 0
    for number in range(1, len(sparse) + 1):
        if number == len(sparse) or sparse[number] != sparse[start]:
            yield sparse[start], fixes[start : number + 1]
            start = number


def pieces_between(fixes: Sequence[Fix]) -> tuple[list[Place], float]:
    """The places of the fixes, with one for each stand, and the length of the straight pieces between them."""
    places = [spot.place for spot in _spots(fixes)]
    return places, sum(math.dist(a, b) for a, b in pairwise(places))


def unseen_m(fixes: Sequence[Fix], sparse: Sequence[bool]) -> float:
    """How much longer than the straight pieces the way on sparse steps may have been.

    | the way before, within and after a step            | how much longer it may be                          |
    |----------------------------------------------------|----------------------------------------------------|
    | goes straight on, or in a bend                     | 0                                                  |
    | turns to one side                                  | by the corner where before and after meet          |
    | turns back, or to one side and then to the other   | as streets of a grid are longer than the diagonal  |
    | has nothing before and nothing after the step      | as streets of a grid are longer than the diagonal  |

    It is also 0 if the corner, or the way aside, is within a phone's noise of the straight line. At an end of the path,
    a step is assumed to turn there as much as at its other end.
    """
    if not any(sparse):
        return 0.0
    spots = _spots(fixes)
    places = [spot.place for spot in spots]
    return sum(_longer_m(places, step) for step, spot in enumerate(spots[:-1]) if sparse[spot.last])


def _spots(fixes: Sequence[Fix]) -> list[_Spot]:
    spots: list[_Spot] = []
    first, number = 0, 0
    for index, fix in enumerate(fixes):
        if spots and _stands(spots[-1].place, fixes[first], fix):
            (x, y), number = spots[-1].place, number + 1
            spots[-1] = _Spot((x + (fix.x - x) / number, y + (fix.y - y) / number), index)
        else:
            spots.append(_Spot((fix.x, fix.y), index))
            first, number = index, 1
    return spots


def _stands(place: Place, since: Fix, fix: Fix) -> bool:
    came_m = math.dist(since[1:], fix[1:])
    return math.dist(place, fix[1:]) < _STANDS_M and came_m <= _STANDS_MPS * (fix.at_s - since.at_s)


def _longer_m(places: Sequence[Place], step: int) -> float:
    start, end = places[step], places[step + 1]
    before, after = _far(reversed(places[:step]), start), _far(places[step + 2 :], end)
    turns = [] if before is None else [_turn(before, start, end)]
    turns += [] if after is None else [_turn(start, end, after)]
    straight_m = math.dist(start, end)
    if not turns:
        return straight_m * _BLOCKS
    longer, off = _longer(turns[0], turns[-1])
    return 0.0 if straight_m * off < _OFF_M else straight_m * longer


def _longer(entry: float, leaving: float) -> tuple[float, float]:
    """By its turns at both ends: how much longer than a straight line of 1 the way may be, and how far aside."""
    less, more = sorted((abs(entry), abs(leaving)))
    if more < _BENDS:
        return 0.0, 0.0
    if entry * leaving >= 0 and less + more <= _AROUND:
        aside = math.sin(less) * math.sin(more) / math.sin(less + more)
        return min(_BLOCKS, math.cos((more - less) / 2) / math.cos((more + less) / 2) - 1), aside
    angle = min(less, math.pi / 4)
    return math.sin(angle) + math.cos(angle) - 1, math.sin(angle)


def _far(places: Iterable[Place], place: Place) -> Place | None:
    """The first place that is far enough from `place` to show a direction in spite of noise; else the last one."""
    far = None
    for far in places:
        if math.dist(far, place) >= _SHOWS_M:
            break
    return far


def _turn(a: Place, b: Place, c: Place) -> float:
    """Radians, -pi to pi, by which the way from a over b to c turns at b."""
    angle = math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0])
    return (angle + math.pi) % (2 * math.pi) - math.pi
