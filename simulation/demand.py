"""Ride requests with places and times, from a recording or drawn from the committed figures of a real evening."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from pathlib import Path

from h3.api.basic_str import cell_to_latlng, latlng_to_cell

from rideflow.kernel.geo import Point, distance_m
from rideflow.markets.errors import BlackoutAreaError, OutsideServiceAreaError
from rideflow.markets.wiring import markets
from simulation import recording

FIGURES = Path(__file__).parent / "figures" / "san_francisco_evening.json"

SHORTEST_RIDE_M = 300.0
"""Recorded trips shorter than this are a meter that was switched on and off again."""

_NEARBY_DEG = 0.008
_CELL_JITTER_DEG = 0.003
"""Half the width of an H3 cell of resolution 8, about 330 m."""


@dataclass(frozen=True, slots=True)
class RideRequest:
    """One rider's wish: `after_s` counts from the start of the demand, `duration_s` is the drive itself."""

    id: str
    after_s: float
    pickup: Point
    dropoff: Point
    duration_s: float


@dataclass(frozen=True)
class EveningFigures:
    """The committed figures: counts and shares, no trip. Lengths are straight lines (m), speeds m/s."""

    requests_per_half_hour: list[int]
    length_quantiles_m: list[float]
    speed_between_quantiles_mps: list[float]
    pickup_shares: dict[str, float]
    dropoff_shares: dict[str, float]

    @classmethod
    def read(cls) -> EveningFigures:
        figures = json.loads(FIGURES.read_text(encoding="utf-8"))
        return cls(
            figures["requests_per_half_hour"],
            figures["straight_line_m_by_20_quantiles"],
            figures["straight_line_speed_mps_between_quantiles"],
            figures["pickup_share_by_cell"],
            figures["dropoff_share_by_cell"],
        )


def recorded(path: Path, rides: int) -> list[RideRequest]:
    """`rides` trips of a recording (see `simulation.recording`), evenly thinned, in order of time.

    Trips that leave the served area or are no ride are skipped. Raises `RecordingError`.
    """
    trips = [trip for trip in recording.trips(path) if _is_ride(trip)]
    if len(trips) < rides:
        told = f"{path} holds fewer rides in the served area than were asked for: {len(trips)} of {rides}."
        raise recording.RecordingError(told)
    chosen = [trips[index * len(trips) // rides] for index in range(rides)]
    return [
        RideRequest(trip.id, trip.requested_at_s - chosen[0].requested_at_s, trip.pickup, trip.dropoff, trip.duration_s)
        for trip in chosen
    ]


def drawn(rides: int, seed: int) -> list[RideRequest]:
    """`rides` trips drawn from the figures of a real evening: their places, lengths, speeds and frequency."""
    figures = EveningFigures.read()
    generator = random.Random(seed)  # noqa: S311 - a simulation, and the same seed gives the same evening
    times = sorted(_moment(figures, generator) for _ in range(rides))
    return [_drawn_ride(f"drawn-{number:04d}", time, figures, generator) for number, time in enumerate(times, 1)]


def compressed(requests: list[RideRequest], span_s: float) -> list[RideRequest]:
    """The same requests in the same rhythm, within `span_s` seconds."""
    longest = max((request.after_s for request in requests), default=0.0)
    factor = span_s / longest if longest > 0 else 0.0
    return [
        RideRequest(request.id, request.after_s * factor, request.pickup, request.dropoff, request.duration_s)
        for request in requests
    ]


def nearby(place: Point, generator: random.Random) -> Point:
    """A served point within about a kilometre, some minutes by car, for a waiting driver."""
    while True:
        point = Point(
            lat=round(place.lat + generator.uniform(-_NEARBY_DEG, _NEARBY_DEG), 6),
            lng=round(place.lng + generator.uniform(-_NEARBY_DEG, _NEARBY_DEG), 6),
        )
        if _is_served(point, point):
            return point


def _is_ride(trip: recording.RecordedTrip) -> bool:
    return distance_m(trip.pickup, trip.dropoff) >= SHORTEST_RIDE_M and _is_served(trip.pickup, trip.dropoff)


def _is_served(pickup: Point, dropoff: Point) -> bool:
    try:
        markets().zone_at(pickup).market.check_no_blackout(pickup, "pickup")
        markets().zone_at(dropoff).market.check_no_blackout(dropoff, "dropoff")
    except (OutsideServiceAreaError, BlackoutAreaError):
        return False
    return True


def _moment(figures: EveningFigures, generator: random.Random) -> float:
    counts = figures.requests_per_half_hour
    half_hour = generator.choices(range(len(counts)), weights=counts)[0]
    return (half_hour + generator.random()) * 1800


def _drawn_ride(name: str, time_s: float, figures: EveningFigures, generator: random.Random) -> RideRequest:
    """Draw a pickup cell by its share, a length by its quantile, and a dropoff cell by its share and its fit."""
    while True:
        ride = _any_ride(name, time_s, figures, generator)
        if _is_served(ride.pickup, ride.dropoff):
            return ride


def _any_ride(name: str, time_s: float, figures: EveningFigures, generator: random.Random) -> RideRequest:
    pickup = _somewhere_in(_chosen(figures.pickup_shares, generator), generator)
    step = generator.randrange(len(figures.speed_between_quantiles_mps))
    shortest_m, longest_m = figures.length_quantiles_m[step : step + 2]
    wanted_m = max(SHORTEST_RIDE_M * 2, generator.uniform(shortest_m, longest_m))
    dropoff = _dropoff(pickup, wanted_m, figures.dropoff_shares, generator)
    duration_s = distance_m(pickup, dropoff) / figures.speed_between_quantiles_mps[step]
    return RideRequest(name, time_s, pickup, dropoff, duration_s)


def _dropoff(pickup: Point, wanted_m: float, shares: dict[str, float], generator: random.Random) -> Point:
    def fit(cell: str) -> float:
        lat, lng = cell_to_latlng(cell)
        return math.exp(-abs(distance_m(pickup, Point(lat=lat, lng=lng)) - wanted_m) / 500)

    weights = {cell: share * fit(cell) for cell, share in shares.items()}
    while True:
        dropoff = _somewhere_in(_chosen(weights, generator), generator)
        if distance_m(pickup, dropoff) >= SHORTEST_RIDE_M:
            return dropoff


def _chosen(shares: dict[str, float], generator: random.Random) -> str:
    return generator.choices(list(shares), weights=list(shares.values()))[0]


def _somewhere_in(cell: str, generator: random.Random) -> Point:
    """A point of the cell, uniform by rejection."""
    lat, lng = cell_to_latlng(cell)
    while True:
        point = (
            lat + generator.uniform(-_CELL_JITTER_DEG, _CELL_JITTER_DEG),
            lng + generator.uniform(-_CELL_JITTER_DEG, _CELL_JITTER_DEG) * 1.5,
        )
        if latlng_to_cell(*point, 8) == cell:
            return Point(lat=round(point[0], 6), lng=round(point[1], 6))
