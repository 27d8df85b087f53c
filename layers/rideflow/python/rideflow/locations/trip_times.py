"""How long a trip takes its driver from pickup to dropoff: by a city's fitted figures, or by the straight line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from rideflow.kernel.geo import Point, distance_m
from rideflow.locations.travel import StraightLine, TravelTimes


class TripTimes(Protocol):
    """Expected seconds of a trip that begins at a time."""

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float: ...


@dataclass(frozen=True, slots=True)
class StraightLineTrips:
    """For a city of which no trips were recorded."""

    travel_times: TravelTimes = field(default_factory=StraightLine)

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float:  # noqa: ARG002 - the hour changes nothing
        return self.travel_times.seconds(distance_m(pickup, dropoff))


@dataclass(frozen=True, slots=True)
class FittedTrips:
    """The median trip: the logarithm of its seconds, by least squares over recorded trips.

    `by_distance` are the coefficients of the powers, from 0, of log((straight line + 0.2 km) / 1 km): long trips use
    faster roads. `by_hour` are sine and cosine of one, two, and more waves a day, of local time.
    """

    timezone: str
    by_distance: tuple[float, ...]
    by_hour: tuple[tuple[float, float], ...]

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float:
        distance = math.log(distance_m(pickup, dropoff) / 1000 + 0.2)
        local = at.astimezone(ZoneInfo(self.timezone))
        day = 2 * math.pi * (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
        logarithm = sum(coefficient * distance**power for power, coefficient in enumerate(self.by_distance))
        for waves, (sine, cosine) in enumerate(self.by_hour, 1):
            logarithm += sine * math.sin(waves * day) + cosine * math.cos(waves * day)
        return math.exp(logarithm)


FITTED: Mapping[str, FittedTrips] = {
    "san_francisco": FittedTrips(
        timezone="America/Los_Angeles",
        by_distance=(5.5138, 0.5004, 0.3150, -0.1001),
        by_hour=((-0.1132, -0.1204), (-0.0436, -0.0336), (0.0361, 0.0526)),
    ),
}
"""By city. San Francisco's are those of the 34,964 trips of Wednesday and Thursday, 2008-05-21 and 22."""


def trip_times(city: str) -> TripTimes:
    """A city without figures has the straight line."""
    return FITTED.get(city) or StraightLineTrips()
