"""How long a trip takes its driver from pickup to dropoff: by a city's fitted figures, or by the straight line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from rideflow.kernel.geo import Point, distance_m


class TripTimes(Protocol):
    """Expected seconds of a trip that begins at a time."""

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float: ...


@dataclass(frozen=True, slots=True)
class StraightLineTrips:
    """For a city of which no trips were recorded: the straight line times `detour`, driven at `speed_kmh`."""

    detour: float = 1.24
    speed_kmh: float = 25.0

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float:  # noqa: ARG002 - the hour changes nothing
        return distance_m(pickup, dropoff) * self.detour / self.speed_kmh * 3.6


_AT_THE_DOOR_KM = 0.5
"""Added to every distance: the shortest trips take their minutes too."""


@dataclass(frozen=True, slots=True)
class FittedTrips:
    """The median trip, by least squares over the logarithms of recorded trips' seconds.

    With `d` km of the straight line and half a km, a trip takes `exp(of_1_km) * d ** exponent` seconds up to `bend_km`.
    From there it grows with `exponent_beyond`, as longer trips use faster roads. `by_hour` are sine and cosine of one,
    two, and more waves a day, of local time.
    """

    timezone: str
    of_1_km: float
    exponent: float
    bend_km: float
    exponent_beyond: float
    by_hour: tuple[tuple[float, float], ...]

    def seconds(self, pickup: Point, dropoff: Point, at: datetime) -> float:
        distance = math.log(distance_m(pickup, dropoff) / 1000 + _AT_THE_DOOR_KM)
        bend = math.log(self.bend_km)
        logarithm = self.of_1_km + self.exponent * min(distance, bend) + self.exponent_beyond * max(0, distance - bend)
        local = at.astimezone(ZoneInfo(self.timezone))
        day = 2 * math.pi * (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
        for waves, (sine, cosine) in enumerate(self.by_hour, 1):
            logarithm += sine * math.sin(waves * day) + cosine * math.cos(waves * day)
        return math.exp(logarithm)


FITTED: Mapping[str, FittedTrips] = {
    "san_francisco": FittedTrips(
        timezone="America/Los_Angeles",
        of_1_km=5.3014,
        exponent=0.8745,
        bend_km=4.0,
        exponent_beyond=0.4216,
        by_hour=((-0.1073, -0.1192), (-0.0372, -0.0314), (0.0376, 0.0496)),
    ),
}
"""By city. San Francisco's are those of the 34,964 trips recorded on Wednesday and Thursday, 2008-05-21 and 22."""


def trip_times(city: str) -> TripTimes:
    """A city without figures has the straight line."""
    return FITTED.get(city) or StraightLineTrips()
