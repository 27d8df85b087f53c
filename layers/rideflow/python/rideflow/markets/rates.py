"""`rates.json`: the prices of a market's products, in minor units of its currency."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class RateCard(BaseModel):
    """The rates of one product. Rates may have fractions of a minor unit; charges never have.

    A trip kept its quoted line if it was never further than `route_kept_within_m` from it. If the quote has no line,
    the trip kept its route up to `route_kept_factor` times the quoted distance, and up to `route_kept_slack_m` more
    than it: on a short trip a block is a large part.
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


class Rates(BaseModel):
    """The prices of a market: a rate card for each product."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    products: dict[str, RateCard]
