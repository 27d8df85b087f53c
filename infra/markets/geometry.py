"""Faults of polygons, and overlaps of two areas. The arithmetic is exact: coordinates are fractions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise
from typing import Literal

type Place = tuple[Fraction, Fraction]
"""(lng, lat)."""
type Ring = tuple[Place, ...]
type Polygon = tuple[Ring, ...]
type Edge = tuple[Place, Place]


def shown(place: Place) -> str:
    return f"[{float(place[0]):.6g}, {float(place[1]):.6g}]"


@dataclass(frozen=True)
class Shape:
    """A MultiPolygon whose rings are closed; each polygon is its outer boundary and its holes."""

    polygons: tuple[Polygon, ...]

    @cached_property
    def edges(self) -> list[Edge]:
        return [edge for polygon in self.polygons for ring in polygon for edge in pairwise(ring)]

    @cached_property
    def box(self) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        return _box([place for edge in self.edges for place in edge])

    def where(self, place: Place) -> Literal["in", "on", "out"]:
        """Whether the place is inside, outside or on the boundary, by the even-odd rule over all boundaries."""
        x, y = place
        inside = False
        for (x_a, y_a), (x_b, y_b) in self.edges:
            is_beside = min(y_a, y_b) <= y <= max(y_a, y_b) and min(x_a, x_b) <= x <= max(x_a, x_b)
            if is_beside and (x_b - x_a) * (y - y_a) == (y_b - y_a) * (x - x_a):
                return "on"
            if (y_a > y) != (y_b > y):
                inside ^= x < (x_b - x_a) * (y - y_a) / (y_b - y_a) + x_a
        return "in" if inside else "out"


def ring_fault(ring: Ring) -> str | None:
    """Why the ring bounds no area, or None."""
    if len(ring) < 4:
        return f"has {len(ring)} positions; a ring has at least four, the last as the first"
    if ring[0] != ring[-1]:
        return f"is not closed: it begins at {shown(ring[0])} and ends at {shown(ring[-1])}"
    edges = list(pairwise(ring))
    for a, b in edges:
        if a == b:
            return f"has {shown(a)} twice in a row"
    boxed = [(number, edge, _box(edge)) for number, edge in enumerate(edges)]
    for (first, one, box), (second, other, other_box) in combinations(boxed, 2):
        met = [] if _apart(box, other_box) else _meeting(one, other)
        are_adjacent = second - first == 1 or (first == 0 and second == len(edges) - 1)
        if met and (not are_adjacent or len(met) > 1):
            return f"crosses or touches itself at {shown(met[0])}"
    return None


def polygon_fault(polygon: Polygon) -> str | None:
    """Why the rings, each valid by itself, are no outer boundary with holes, or None."""
    outer, holes = Shape(((polygon[0],),)), [Shape(((ring,),)) for ring in polygon[1:]]
    for number, hole in enumerate(holes, 1):
        place = uncovered(hole, outer)
        if place is not None:
            return f"hole {number} reaches out of its polygon at {shown(place)}"
    for (first, one), (second, other) in combinations(enumerate(holes, 1), 2):
        place = overlap(one, other)
        if place is not None:
            return f"holes {first} and {second} overlap at {shown(place)}"
    return None


def overlap(one: Shape, other: Shape) -> Place | None:
    """A place inside both; areas that only touch, or share a border, do not overlap."""
    if _apart(one.box, other.box):
        return None
    inner = next((place for place in _probes(one, other) if other.where(place) == "in"), None)
    return inner or next((place for place in _probes(other, one) if one.where(place) == "in"), None)


def uncovered(inner: Shape, outer: Shape) -> Place | None:
    """A place of `inner` that `outer` does not hold."""
    out = next((place for place in _probes(inner, outer) if outer.where(place) == "out"), None)
    if out is not None:
        return out
    # If a boundary of `outer`, such as that of a hole, runs inside `inner`, one side of it is outside `outer`.
    return next((place for place in _middles(outer, inner) if inner.where(place) == "in"), None)


def _probes(one: Shape, other: Shape) -> Iterator[Place]:
    """Places of `one` that show whether it lies in `other`: one on each piece of its boundary, and one inside it."""
    yield from _middles(one, other)
    for polygon in one.polygons:
        yield _inside(polygon)


def _middles(one: Shape, other: Shape) -> Iterator[Place]:
    """The middles of the pieces into which `other` cuts the boundary of `one`."""
    boxed = [(edge, _box(edge)) for edge in other.edges]
    for start, end in one.edges:
        box = _box([start, end])
        cuts = {Fraction(0), Fraction(1)}
        for edge, other_box in boxed:
            if not _apart(box, other_box):
                cuts.update(_along((start, end), place) for place in _meeting((start, end), edge))
        for a, b in pairwise(sorted(cuts)):
            yield _at((start, end), (a + b) / 2)


def _inside(polygon: Polygon) -> Place:
    """Some place inside: halfway between the first two crossings of a level that meets no corner."""
    levels = sorted({y for ring in polygon for _, y in ring})
    y = (levels[0] + levels[1]) / 2
    crossings = sorted(
        (x_b - x_a) * (y - y_a) / (y_b - y_a) + x_a
        for ring in polygon
        for (x_a, y_a), (x_b, y_b) in pairwise(ring)
        if (y_a > y) != (y_b > y)
    )
    return (crossings[0] + crossings[1]) / 2, y


def _meeting(one: Edge, other: Edge) -> list[Place]:
    """The places both have: none, one, or the two ends of what they share."""
    (a, b), (c, d) = one, other
    r, s, between = _minus(b, a), _minus(d, c), _minus(c, a)
    turn = _cross(r, s)
    if turn != 0:
        t, u = _cross(between, s) / turn, _cross(between, r) / turn
        return [_at(one, t)] if 0 <= t <= 1 and 0 <= u <= 1 else []
    if _cross(between, r) != 0:
        return []
    low, high = sorted((_along(one, c), _along(one, d)))
    low, high = max(low, Fraction(0)), min(high, Fraction(1))
    return [] if low > high else [_at(one, t) for t in sorted({low, high})]


def _along(edge: Edge, place: Place) -> Fraction:
    """The position of a place along the edge's line: 0 at its start, 1 at its end."""
    (x_a, y_a), (x_b, y_b) = edge
    return (place[0] - x_a) / (x_b - x_a) if x_a != x_b else (place[1] - y_a) / (y_b - y_a)


def _at(edge: Edge, t: Fraction) -> Place:
    (x_a, y_a), (x_b, y_b) = edge
    return x_a + (x_b - x_a) * t, y_a + (y_b - y_a) * t


def _minus(a: Place, b: Place) -> Place:
    return a[0] - b[0], a[1] - b[1]


def _cross(a: Place, b: Place) -> Fraction:
    return a[0] * b[1] - a[1] * b[0]


def _box(places: Sequence[Place]) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    xs, ys = [place[0] for place in places], [place[1] for place in places]
    return min(xs), min(ys), max(xs), max(ys)


def _apart(one: tuple[Fraction, ...], other: tuple[Fraction, ...]) -> bool:
    return one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
