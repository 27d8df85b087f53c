"""The measured and the true distance of rides with noisy phones.

Rides are drawn (`simulation.drives`); their paths are measured and priced by the product's own code, half of them with
a quote that contains the line of the way. A quote is of the true way, without the time that the car stood.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import ClassVar, NamedTuple
from uuid import UUID

from rideflow.kernel.geo import distance_m
from rideflow.kernel.polyline import encoded
from rideflow.locations.coverage import Ride
from rideflow.locations.paths import MeasuredPath, measured_path
from rideflow.markets.versions import version_of
from rideflow.markets.wiring import markets
from rideflow.pricing.model import NO_SURGE, QUOTE_VALID_FOR, Driven, Quote, Route, fare, final_fare
from rideflow.supply.model import PathPoint, milliseconds
from simulation.drives import STREETS, Drive, Noise, drive
from simulation.measures import percentile

NOISES = (Noise(0), Noise(3), Noise(5), Noise(10), Noise(0, 0.9), Noise(10, 0.9), Noise(20, 0.9))
STANDING = (0.0, 0.1, 0.2, 0.4)
LENGTHS_M = (1_000, 15_000)
STREETS_IN_TURN = ("city", "straight", "city", "old_town")
_START = datetime(2026, 10, 1, 18, tzinfo=UTC)
PROCESSES = 2


class Cell(NamedTuple):
    """Rides of one noise and the same share of standing time."""

    noise: Noise
    standing: float


class Measured(NamedTuple):
    """Relative errors of the measured distance and of the sum of the path's pieces; whether the quote was exceeded."""

    error: float
    summed_error: float
    above_quote: bool


@dataclass(frozen=True)
class PathError:
    """Absolute errors as shares of the driven distance. `summed_p50` is that of the sum of the path's pieces."""

    TABLE: ClassVar[str] = "Driven distance, measured from noisy positions (errors as shares)"

    name: str
    noise: str
    standing: float
    rides: int
    error_p50: float
    error_p95: float
    summed_p50: float
    charged_above_quote: int


def path_errors(rides: int, seed: int = 1) -> Iterator[PathError]:
    """One row for each noise and share of standing; the rides are shared out among them."""
    cells = [Cell(noise, standing) for noise in NOISES for standing in STANDING]
    each = max(1, round(rides / len(cells)))
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as processes:
        for cell, measured in zip(
            cells, processes.map(measure, cells, [each] * len(cells), [seed] * len(cells)), strict=True
        ):
            yield _row(cell, measured)


def measure(cell: Cell, rides: int, seed: int) -> list[Measured]:
    """The cell's rides; the same seed draws the same."""
    draws = [Random(f"{seed} {cell} {number}") for number in range(rides)]  # noqa: S311 - a simulation, repeatable
    return [_measured(cell, draw, number) for number, draw in enumerate(draws)]


def _measured(cell: Cell, draw: Random, number: int) -> Measured:
    streets = STREETS[STREETS_IN_TURN[number % len(STREETS_IN_TURN)]]
    ride = drive(streets, draw, draw.uniform(*LENGTHS_M), standing=cell.standing, noise=cell.noise)
    path = path_of(ride)
    told = measured_path(path, ride_of(ride))
    summed_m = sum(distance_m(a.point, b.point) for a, b in pairwise(ride.fixes))
    quote = quote_of(ride, knows_line=number % 2 == 1)
    charged = final_fare(quote, driven_of(told), 0).breakdown.total_minor
    return Measured(told.distance_m / ride.length_m - 1, summed_m / ride.length_m - 1, charged > quote.amount_minor)


def path_of(ride: Drive) -> list[PathPoint]:
    start_ms = milliseconds(_START)
    return [PathPoint(start_ms + fix.at_ms, fix.point.lat, fix.point.lng) for fix in ride.fixes]


def ride_of(ride: Drive) -> Ride:
    return Ride(
        UUID(int=1), _START, _START + timedelta(seconds=ride.duration_s), ride.line[0], ride.line[-1], UUID(int=2)
    )


def driven_of(told: MeasuredPath) -> Driven:
    return Driven(distance_m=told.distance_m, duration_s=told.duration_s, line=told.line, coverage=told.coverage)


def quote_of(ride: Drive, *, knows_line: bool) -> Quote:
    """The quote for the ride's true way, without the time that the car stood."""
    market = markets().named("san_francisco")
    rate = market.rates["economy"]
    line = encoded(ride.line) if knows_line else None
    route = Route(distance_m=round(ride.length_m), duration_s=round(ride.duration_s - ride.stood_s), line=line)
    breakdown = fare(rate, market.currency, route)
    return Quote(
        id=UUID(int=2),
        rider_id=UUID(int=3),
        market=market.id,
        zone="sf-bay",
        product="economy",
        pickup=ride.line[0],
        dropoff=ride.line[-1],
        distance_m=route.distance_m,
        duration_s=route.duration_s,
        line=line,
        rate=rate,
        rates_version=version_of("rates", rate),
        cancellation_terms=market.rules.cancellation.frozen,
        surge=NO_SURGE,
        breakdown=breakdown,
        amount_minor=breakdown.total_minor,
        currency=market.currency,
        created_at=_START,
        expires_at=_START + QUOTE_VALID_FOR,
    )


def _row(cell: Cell, measured: list[Measured]) -> PathError:
    errors = [abs(each.error) for each in measured]
    summed = [abs(each.summed_error) for each in measured]
    p50, p95, summed_p50 = percentile(errors, 50) or 0.0, percentile(errors, 95) or 0.0, percentile(summed, 50) or 0.0
    return PathError(
        name=f"{cell.noise}, {cell.standing:.0%} standing",
        noise=str(cell.noise),
        standing=cell.standing,
        rides=len(measured),
        error_p50=round(p50, 4),
        error_p95=round(p95, 4),
        summed_p50=round(summed_p50, 4),
        charged_above_quote=sum(each.above_quote for each in measured),
    )
