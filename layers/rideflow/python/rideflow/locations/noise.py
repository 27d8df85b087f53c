"""The noise of a path, estimated from the path itself.

The noise is not known beforehand. Phones only guess their accuracy, and do not report how long an error lasts. A path
shows how far its fixes are from the lines and stands that fit them best. Which lines fit depends on the noise in turn,
so lines and noise are estimated alternately.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median

from rideflow.locations.lines import Noise, Piece, Place, Track, pieces

type Cut = tuple[Sequence[Place], list[Piece]]

FLOOR_M = 0.7
"""No phone is more exact, and no street is straighter."""
_MOST_M = 30.0
_RHOS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9)
_ROUNDS = 3
_SAMPLES, _SAMPLE = 4, 150
_FIRST_PENALTY = 7.0
_TURN_PENALTY = 3.6
_STRICTER = 4.0
"""Added to the penalty while noise is estimated, because a cut that follows the noise would hide it."""
_LOW = 0.25
_LOW_DEVIATE = 0.3186
"""A quantile of fixes' distances from their neighbours that corners hardly change, and that of a normal deviate."""
_LOOSE = 1.15
_MEDIAN_DEVIATE = 0.6745
_LEAST_FREEDOM = 6


def noise_of(places: Sequence[Place]) -> tuple[Noise, float]:
    """The noise of at least five places, and the penalty for a piece, which depends on how often the path turns."""
    samples = _samples(places)
    lowest = sorted(_bends(samples, 1))
    low_m = lowest[int(_LOW * len(lowest))]
    noise, penalty = _bounded(_first_guess(samples), low_m), _FIRST_PENALTY
    for number in range(_ROUNDS):
        stricter = _STRICTER if number else 0.0
        cuts = [
            (sample, pieces(Track(sample, noise.rho), noise, penalty + stricter, with_stands=True))
            for sample in samples
        ]
        told = _likeliest(cuts)
        noise = noise if told is None else _bounded(told, low_m)
        if number < _ROUNDS - 1:
            penalty = _penalty(cuts)
    return noise, penalty


def _samples(places: Sequence[Place]) -> list[Sequence[Place]]:
    """The whole path, or some parts of a long one, which are enough to estimate its noise."""
    if len(places) <= _SAMPLES * _SAMPLE:
        return [places]
    last = len(places) - _SAMPLE
    starts = [last * number // (_SAMPLES - 1) for number in range(_SAMPLES)]
    return [places[start : start + _SAMPLE] for start in starts]


def _bends(samples: Sequence[Sequence[Place]], lag: int) -> Iterator[float]:
    """The distance of each fix from the line through the fixes `lag` before and `lag` after it."""
    for places in samples:
        for (ax, ay), (bx, by), (cx, cy) in zip(places, places[lag:], places[2 * lag :], strict=False):
            dx, dy, ex, ey = cx - ax, cy - ay, bx - (ax + cx) / 2, by - (ay + cy) / 2
            chord = math.hypot(dx, dy)
            yield abs(ex * dy - ey * dx) / chord if chord > 0 else math.hypot(ex, ey) / math.sqrt(2)


def _bend_variance(rho: float) -> float:
    """The variance of a bend of lag 1 by noise, relative to that of the noise itself: 3/2 - 2 rho + rho² / 2."""
    return (1 - rho) * (1.5 - rho / 2)


def _first_guess(samples: Sequence[Sequence[Place]]) -> Noise:
    """The noise by the bends of lags 1 and 2. The longer errors last, the wider are those of lag 2 in comparison."""
    near, far = (median(_bends(samples, lag)) / _MEDIAN_DEVIATE for lag in (1, 2))
    if near <= FLOOR_M / 10:
        return Noise(FLOOR_M, 0.0)
    ratio = (far / near) ** 2
    fitting = [rho for rho in _RHOS if _bend_variance(rho * rho) <= ratio * _bend_variance(rho)]
    rho = max(fitting, default=0.0)
    return Noise(max(FLOOR_M, near / math.sqrt(_bend_variance(rho))), rho)


def _bounded(noise: Noise, low_m: float) -> Noise:
    """The noise, limited by the straightest quarter of the path, so that a city's corners do not count as noise."""
    most = max(FLOOR_M, _LOOSE * low_m / _LOW_DEVIATE / math.sqrt(_bend_variance(noise.rho)))
    return Noise(min(noise.sigma_m, _MOST_M, max(most, FLOOR_M / math.sqrt(1 - noise.rho**2))), noise.rho)


def _penalty(cuts: Sequence[Cut]) -> float:
    """The penalty for a piece, by Bayes: the fewer pieces, the higher the penalty (-2 ln of the odds of a turn)."""
    lines = [piece for _, cut in cuts for piece in cut if not piece.is_stand]
    turns = (len(lines) - 0.5) / max(1, sum(len(line) for line in lines))
    turns = min(1 / 3, max(1 / 150, turns))
    return _TURN_PENALTY - 2 * math.log(turns / (1 - turns))


def _likeliest(cuts: Sequence[Cut]) -> Noise | None:
    """The noise by restricted maximum likelihood over the residuals of the cuts; None if too few pieces are long."""
    telling = [(places, [piece for piece in cut if len(piece) >= (3 if piece.is_stand else 4)]) for places, cut in cuts]
    freedom = sum(len(piece) * (1 + piece.is_stand) - 2.5 for _, cut in telling for piece in cut)
    if freedom < _LEAST_FREEDOM:
        return None
    return max((_likelihood(telling, freedom, rho) for rho in _RHOS), key=lambda told: told[0])[1]


def _likelihood(cuts: Sequence[Cut], freedom: float, rho: float) -> tuple[float, Noise]:
    squares = information = 0.0
    first = math.log(1 - rho * rho) / 2
    for places, cut in cuts:
        track = Track(places, rho)
        for piece in cut:
            fit = track.scatter(piece.first, piece.last)
            if piece.is_stand:
                squares += fit.xx + fit.yy
                information += 2 * first - math.log(fit.weight)
            else:
                squares += fit.across
                information += first - (math.log(fit.weight) + math.log(max(1e-9, fit.lengthwise))) / 2
    variance = max(squares / freedom, FLOOR_M**2 * (1 - rho * rho))
    likelihood = information - (freedom * math.log(variance) + squares / variance) / 2
    return likelihood, Noise(max(FLOOR_M, math.sqrt(variance / (1 - rho * rho))), rho)
