"""A noisy path as straight pieces and stands, by dynamic programming.

A street is straight between its corners, and a phone's noise is not. The best cut of a path into pieces has the least
sum of squared residuals, in units of the noise, plus a penalty for each piece (B. Jackson et al., "An algorithm for
optimal partitioning of data on an interval", IEEE Signal Processing Letters 12 (2005)). The search is pruned as in
R. Killick, P. Fearnhead, I. Eckley, "Optimal detection of changepoints with a linear computational cost", JASA 107
(2012). The residuals of a line are those across it. The residuals of a stand are those in both directions.

A phone's errors are correlated. They are a first-order autoregression in each axis, with correlation `rho` from fix to
fix. A piece is fitted by generalised least squares (T. Cochrane, G. Orcutt, JASA 44 (1949), with the first fix weighted
by S. Prais and C. Winsten, 1954). Every sum that the fit needs is a difference of running sums.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

type Place = tuple[float, float]
"""Metres east and north of an origin."""

_WINDOW = 80
"""The number of fixes in the longest piece that is searched for. Longer pieces are joined afterwards."""
_USUAL_STEP_M = 40.0
_LEAST_STEP_COST = 2.0
"""The least cost of a driving car's next place along its line, compared with a stand's.

The cost is a logarithm of (usual step / noise).
"""


class Noise(NamedTuple):
    """The standard deviation of a fix in each axis, and the correlation of a fix's error with the next one's."""

    sigma_m: float
    rho: float

    @property
    def variance(self) -> float:
        """The variance of the new part of each error, in square metres."""
        return self.sigma_m**2 * (1 - self.rho**2)


class Piece(NamedTuple):
    """Fixes `first` to `last`, both inclusive, on one line or at one place."""

    first: int
    last: int
    is_stand: bool = False

    def __len__(self) -> int:
        return self.last - self.first + 1


class Line(NamedTuple):
    """The line through (x, y) in the unit direction (dx, dy)."""

    x: float
    y: float
    dx: float
    dy: float

    def along(self, place: Place) -> float:
        return (place[0] - self.x) * self.dx + (place[1] - self.y) * self.dy

    def at(self, along_m: float) -> Place:
        return self.x + along_m * self.dx, self.y + along_m * self.dy


class Scatter(NamedTuple):
    """The scatter of whitened fixes about their mean: sums of squares, the mean, and its weight."""

    xx: float
    xy: float
    yy: float
    x: float
    y: float
    weight: float

    @property
    def across(self) -> float:
        """The least sum of squares across any line: the smaller eigenvalue."""
        return max(0.0, (self.xx + self.yy) / 2 - self._half())

    @property
    def lengthwise(self) -> float:
        return (self.xx + self.yy) / 2 + self._half()

    def _half(self) -> float:
        return math.hypot((self.xx - self.yy) / 2, self.xy)


class Track:
    """Places in order, with the running sums of their whitened coordinates."""

    def __init__(self, places: Sequence[Place], rho: float) -> None:
        self.places = places
        self.step_weight, self.first_weight = 1 - rho, 1 - rho * rho
        white = [(bx - rho * ax, by - rho * ay) for (ax, ay), (bx, by) in pairwise(places)]
        self.x = [0.0, 0.0, *accumulate(x for x, _ in white)]
        self.y = [0.0, 0.0, *accumulate(y for _, y in white)]
        self.xx = [0.0, 0.0, *accumulate(x * x for x, _ in white)]
        self.xy = [0.0, 0.0, *accumulate(x * y for x, y in white)]
        self.yy = [0.0, 0.0, *accumulate(y * y for _, y in white)]

    def scatter(self, first: int, last: int) -> Scatter:
        i, j, w, f = first + 1, last + 1, self.step_weight, self.first_weight
        px, py = self.places[first]
        weight = w * w * (last - first) + f
        x, y = (w * (self.x[j] - self.x[i]) + f * px) / weight, (w * (self.y[j] - self.y[i]) + f * py) / weight
        xx = self.xx[j] - self.xx[i] + f * px * px - x * x * weight
        xy = self.xy[j] - self.xy[i] + f * px * py - x * y * weight
        yy = self.yy[j] - self.yy[i] + f * py * py - y * y * weight
        return Scatter(xx, xy, yy, x, y, weight)

    def line(self, piece: Piece) -> Line:
        """The line with the least sum of squares across it."""
        fit = self.scatter(piece.first, piece.last)
        angle = math.atan2(2 * fit.xy, fit.xx - fit.yy) / 2
        return Line(fit.x, fit.y, math.cos(angle), math.sin(angle))


def pieces(track: Track, noise: Noise, penalty: float, *, with_stands: bool) -> list[Piece]:
    """The cheapest cut of the track. Without stands, neighbouring pieces that fit one line are joined."""
    scale = 1 / noise.variance
    step_cost = 0.0
    if with_stands:
        usual = _USUAL_STEP_M / math.sqrt(2 * math.pi * noise.variance)
        step_cost = max(_LEAST_STEP_COST, 2 * math.log(usual))
    cut = _backwards(_cheapest(track, scale, penalty, step_cost, with_stands=with_stands))
    return cut if with_stands else _joined(track, cut, scale, penalty)


def _cheapest(
    track: Track, scale: float, penalty: float, step_cost: float, *, with_stands: bool
) -> list[tuple[int, bool]]:
    """For each fix the first fix of the best piece that ends there, and whether the piece is a stand.

    This is the product's longest loop, so `Track.scatter` is written out in it.
    """
    xs, ys, xxs, xys, yys, w, f = track.x, track.y, track.xx, track.xy, track.yy, track.step_weight, track.first_weight
    ww, sqrt, infinity = w * w, math.sqrt, math.inf
    firsts = [(f * x, f * y, f * x * x, f * x * y, f * y * y) for x, y in track.places]
    costs, chosen, candidates = [0.0], [], list[int]()
    for last in range(len(firsts)):
        candidates.append(last)
        j, best, best_first, best_stands, found = last + 1, infinity, last, False, []
        xj, yj, xxj, xyj, yyj = xs[j], ys[j], xxs[j], xys[j], yys[j]
        for first in candidates:
            i, (px, py, pxx, pxy, pyy) = first + 1, firsts[first]
            weight = ww * (last - first) + f
            x, y = w * (xj - xs[i]) + px, w * (yj - ys[i]) + py
            xx, xy, yy = xxj - xxs[i] + pxx - x * x / weight, xyj - xys[i] + pxy - x * y / weight, 0.0
            yy = yyj - yys[i] + pyy - y * y / weight
            both = (xx + yy) * scale
            cost = (both - sqrt((xx - yy) * (xx - yy) + 4 * xy * xy) * scale) / 2 + step_cost * (last - first)
            stands = with_stands and both < cost
            cost = costs[first] + (both if stands else cost)
            found.append(cost)
            if cost < best:
                best, best_first, best_stands = cost, first, stands
        costs.append(best + penalty)
        chosen.append((best_first, best_stands))
        oldest = last - _WINDOW
        candidates = [
            first for first, cost in zip(candidates, found, strict=True) if cost <= best + penalty and first > oldest
        ]
    return chosen


def _backwards(chosen: Sequence[tuple[int, bool]]) -> list[Piece]:
    cut, last = [], len(chosen) - 1
    while last >= 0:
        first, stands = chosen[last]
        cut.append(Piece(first, last, stands))
        last = first - 1
    return cut[::-1]


def _joined(track: Track, cut: Sequence[Piece], scale: float, penalty: float) -> list[Piece]:
    joined = [cut[0]]
    for piece in cut[1:]:
        before = joined[-1]
        one = track.scatter(before.first, piece.last).across
        two = track.scatter(before.first, before.last).across + track.scatter(piece.first, piece.last).across
        if (one - two) * scale < penalty:
            joined[-1] = Piece(before.first, piece.last)
        else:
            joined.append(piece)
    return joined
