"""`terms.json`: the terms of payment of a market."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class Terms(BaseModel):
    """`hold_margin` times the quote is held; `driver_share` of the fare is the driver's.

    A capture that fails is tried `capture_attempts` times in all, first after `retry_after_s`, then twice as late each;
    after that once an hour, until `hold_lasts_s` after the order was opened: Stripe keeps a hold for some days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    hold_margin: Decimal = Field(ge=1)
    driver_share: Decimal = Field(ge=0, le=1)
    capture_attempts: int = Field(ge=1)
    retry_after_s: int = Field(ge=1)
    hold_lasts_s: int = Field(ge=1)
