"""A city's rules for trips: data, one JSON file per city beside this module."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict


class CancellationRules(BaseModel):
    """Money in minor units of the city's currency, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    cancellation_fee_minor: int
    cancellation_grace_s: int
    no_show_after_s: int

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.cancellation_grace_s)

    @property
    def no_show_after(self) -> timedelta:
        return timedelta(seconds=self.no_show_after_s)


@cache
def cancellation_rules_of(city: str) -> CancellationRules:
    """Raises FileNotFoundError for a city that has none: a deployed city has its file."""
    return CancellationRules.model_validate_json(
        resources.files("rideflow.trips.rules").joinpath(f"{city}.json").read_text(encoding="utf-8")
    )
