"""The duration of a trip from pickup to dropoff: by the market's fitted figures, or by the straight line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from rideflow.kernel.geo import Point, distance_m
from rideflow.markets.travel import Travel


class TripTimes(Protocol):
    """The expected seconds of a trip that begins at `at`."""

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float: ...


@dataclass(frozen=True, slots=True)
class StraightLineTrips:
    """For a market without recorded trips: the straight line times `detour`, driven at `speed_kmh`."""

    detour: float
    speed_kmh: float

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float:  # noqa: ARG002 - the hour changes nothing
        return distance_m(pickup, dropoff) * self.detour / self.speed_kmh * 3.6


_AT_THE_DOOR_KM = 0.5
"""This is added to every distance, because even the shortest trips take some minutes."""


@dataclass(frozen=True, slots=True)
class FittedTrips:
    """The duration of the median trip, by least squares over the logarithms of recorded trips' seconds.

    If `d` is the straight line in km plus half a km, a trip takes `exp(of_1_km) * d ** exponent` seconds up to
    `bend_km`. Beyond that it grows with `exponent_beyond`, because longer trips use faster roads. `by_hour` are the
    factors of sine and cosine of one, two and more waves a day, in local time.
    """

    time_zone: str
    of_1_km: float
    exponent: float
    bend_km: float
    exponent_beyond: float
    by_hour: tuple[tuple[float, float], ...]

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float:
        distance = math.log(distance_m(pickup, dropoff) / 1000 + _AT_THE_DOOR_KM)
        bend = math.log(self.bend_km)
        logarithm = self.of_1_km + self.exponent * min(distance, bend) + self.exponent_beyond * max(0, distance - bend)
        local = at.astimezone(ZoneInfo(self.time_zone))
        day = 2 * math.pi * (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
        for waves, (sine, cosine) in enumerate(self.by_hour, 1):
            logarithm += sine * math.sin(waves * day) + cosine * math.cos(waves * day)
        return math.exp(logarithm)


def trip_times(travel: Travel, time_zone: str) -> TripTimes:
    """The durations by the market's recorded trips, or by the straight line at its usual speed if it has none."""
    recorded = travel.recorded_trips
    if recorded is None:
        return StraightLineTrips(float(travel.detour_factor), float(travel.trip_speed_kmh))
    return FittedTrips(
        time_zone=time_zone,
        of_1_km=recorded.of_1_km,
        exponent=recorded.exponent,
        bend_km=recorded.bend_km,
        exponent_beyond=recorded.exponent_beyond,
        by_hour=recorded.by_hour,
    )
