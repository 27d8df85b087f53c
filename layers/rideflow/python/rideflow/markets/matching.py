"""`matching.json`: a market's search radius, its deferral of matches, and the lifetime of an offer."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SearchStep(BaseModel):
    """The radius of the search around the pickup, for riders who have waited at least `waited_s`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    waited_s: float = Field(ge=0)
    radius_m: float = Field(gt=0)


class Deferral(BaseModel):
    """The longest pickup that is accepted at once, and the seconds that are added for each second of the rider's wait.

    Both are for 200 drivers on trips (`matching.deferral`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    at_once_s: float = Field(gt=0)
    per_waited_s: float = Field(ge=0)


class Matching(BaseModel):
    """The figures that a market sets. The figures of the algorithm are the same in all markets."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    search: tuple[SearchStep, ...] = Field(min_length=1)
    deferral: Deferral
    offer_lives_s: int = Field(gt=0)

    @model_validator(mode="after")
    def _grows(self) -> Self:
        steps = [(step.waited_s, step.radius_m) for step in self.search]
        if steps[0][0] != 0:
            raise ValueError("the first step of the search is at 0 s")
        if any(later[0] <= earlier[0] or later[1] < earlier[1] for earlier, later in pairwise(steps)):
            raise ValueError("the steps of the search follow one another in time, and no circle shrinks")
        return self

    @property
    def offer_lives(self) -> timedelta:
        return timedelta(seconds=self.offer_lives_s)
