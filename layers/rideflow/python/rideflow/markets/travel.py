"""`travel.json`: the speeds of cars in a market, and estimates of drives without a router."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class TravelTimes(Protocol):
    """Expected driving time in seconds over a straight-line distance in metres."""

    def seconds(self, distance_m: float) -> float: ...


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Streets are `detour` times as long as the straight line, driven at `speed_mps`."""

    detour: float
    speed_mps: float

    def seconds(self, distance_m: float) -> float:
        return distance_m * self.detour / self.speed_mps


class RecordedTrips(BaseModel):
    """Figures of recorded trips, in seconds and kilometres. `trip_times.FittedTrips` explains them."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    of_1_km: float
    exponent: float
    bend_km: float = Field(gt=0)
    exponent_beyond: float
    by_hour: tuple[tuple[float, float], ...]


class Travel(BaseModel):
    """A route is `detour_factor` times as long as its straight line.

    Cars drive to a pickup at `pickup_speed_kmh`. The duration of a trip comes from `recorded_trips`, or from
    `trip_speed_kmh` if no trips were recorded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    detour_factor: Decimal = Field(ge=1)
    pickup_speed_kmh: Decimal = Field(gt=0)
    trip_speed_kmh: Decimal = Field(gt=0)
    recorded_trips: RecordedTrips | None = None

    @cached_property
    def to_pickups(self) -> StraightLine:
        """The travel times of drivers to pickups."""
        return StraightLine(float(self.detour_factor), float(self.pickup_speed_kmh) / 3.6)
