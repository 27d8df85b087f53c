"""`documents.json`: a market's requirements of vehicles and papers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Documents(BaseModel):
    """A market's requirements. The age of a vehicle counts in model years."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    max_vehicle_age_years: int = Field(ge=0)
