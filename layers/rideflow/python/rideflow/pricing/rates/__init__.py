"""Rates per city and class: data (one JSON file per city beside this module), not code."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field

from rideflow.kernel.money import Currency
from rideflow.kernel.vehicles import VehicleClass


class RateCard(BaseModel):
    """What one class costs. Rates may have fractions of a minor unit; what is charged never has.

    A trip kept its quoted line if it was never further than `route_kept_within_m` from it. If the quote has no line, it
    kept the route up to `route_kept_factor` times the quoted distance, and up to `route_kept_slack_m` more than it: of
    a short trip a block is much.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    base_minor: int = Field(ge=0)
    per_km_minor: Decimal = Field(ge=0)
    per_minute_minor: Decimal = Field(ge=0)
    minimum_minor: int = Field(ge=0)
    waiting_per_minute_minor: Decimal = Field(ge=0)
    waiting_free_s: int = Field(ge=0)
    route_kept_factor: Decimal = Field(ge=1)
    route_kept_slack_m: int = Field(default=300, ge=0)
    route_kept_within_m: int = Field(default=150, ge=0)


class RouteFigures(BaseModel):
    """How a straight line becomes a route: metres driven per metre of line, and the usual speed."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    detour_factor: Decimal = Field(ge=1)
    speed_kmh: Decimal = Field(gt=0)


class CityRates(BaseModel):
    """The rates of one city."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    city: str
    currency: Currency
    route: RouteFigures
    classes: dict[VehicleClass, RateCard]


@cache
def rates_of(city: str) -> CityRates:
    """The rates of the city, read once."""
    file = resources.files("rideflow.pricing.rates").joinpath(f"{city}.json")
    return CityRates.model_validate_json(file.read_text(encoding="utf-8"))
