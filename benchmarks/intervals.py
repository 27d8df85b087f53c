"""Quality of a path by the phone's interval of positions: measured length, holes, and the charged amount.

The rides are drawn as in `paths`, with and without a quoted line; each keeps its quoted way.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import ClassVar, NamedTuple

from benchmarks.paths import (
    LENGTHS_M,
    NOISES,
    PROCESSES,
    STANDING,
    STREETS_IN_TURN,
    driven_of,
    path_of,
    quote_of,
    ride_of,
)
from rideflow.kernel.geo import distance_m
from rideflow.locations.paths import measured_path
from rideflow.pricing.model import final_fare
from simulation.drives import STREETS, drive
from simulation.measures import percentile

INTERVALS_S = (3, 5, 10, 15, 30, 45)
_JITTER = 0.1
"""A phone is early or late by up to this share of the interval."""


class SparseRide(NamedTuple):
    """Relative errors of the measured distance and of the sum of the path's pieces, coverage, and charge over quote."""

    error: float
    summed_error: float
    coverage: float
    charged: float


@dataclass(frozen=True)
class IntervalError:
    """Absolute errors as shares of the driven distance; `complete` is the share of paths without a hole.

    `complete_error_p95` is of complete paths alone: rides with a hole cost their quote. `least_charged` and
    `most_charged` are shares of the quote.
    """

    TABLE: ClassVar[str] = "Driven distance by how often a phone sends (errors and charges as shares)"

    name: str
    interval_s: int
    rides: int
    error_p50: float
    summed_p50: float
    complete: float
    complete_error_p95: float
    least_charged: float
    most_charged: float


def interval_errors(rides: int, seed: int = 1) -> Iterator[IntervalError]:
    """One row for each interval; the rides are shared out among them."""
    each = max(1, round(rides / len(INTERVALS_S)))
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as processes:
        measured = processes.map(measure, INTERVALS_S, [each] * len(INTERVALS_S), [seed] * len(INTERVALS_S))
        for interval_s, of_interval in zip(INTERVALS_S, measured, strict=True):
            yield _row(interval_s, of_interval)


def measure(interval_s: int, rides: int, seed: int) -> list[SparseRide]:
    """The interval's rides; the same seed draws the same."""
    draws = [Random(f"{seed} {interval_s} {number}") for number in range(rides)]  # noqa: S311 - repeatable
    return [_measured(interval_s, draw, number) for number, draw in enumerate(draws)]


def _measured(interval_s: int, draw: Random, number: int) -> SparseRide:
    ride = drive(
        STREETS[STREETS_IN_TURN[number % len(STREETS_IN_TURN)]],
        draw,
        draw.uniform(*LENGTHS_M),
        standing=draw.choice(STANDING),
        noise=draw.choice(NOISES),
        interval_s=(interval_s * (1 - _JITTER), interval_s * (1 + _JITTER)),
    )
    told = measured_path(path_of(ride), ride_of(ride))
    summed_m = sum(distance_m(a.point, b.point) for a, b in pairwise(ride.fixes))
    quote = quote_of(ride, knows_line=number % 2 == 1)
    charged = final_fare(quote, driven_of(told), 0).breakdown.total_minor / quote.amount_minor
    return SparseRide(told.distance_m / ride.length_m - 1, summed_m / ride.length_m - 1, told.coverage, charged)


def _row(interval_s: int, measured: list[SparseRide]) -> IntervalError:
    complete = [abs(each.error) for each in measured if each.coverage == 1]
    return IntervalError(
        name=f"every {interval_s} s",
        interval_s=interval_s,
        rides=len(measured),
        error_p50=round(percentile([abs(each.error) for each in measured], 50) or 0.0, 4),
        summed_p50=round(percentile([abs(each.summed_error) for each in measured], 50) or 0.0, 4),
        complete=round(len(complete) / len(measured), 4),
        complete_error_p95=round(percentile(complete, 95) or 0.0, 4),
        least_charged=round(min(each.charged for each in measured), 4),
        most_charged=round(max(each.charged for each in measured), 4),
    )
