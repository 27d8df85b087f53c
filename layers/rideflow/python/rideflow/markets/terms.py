"""`terms.json`: the terms of payment of a market."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from rideflow.markets.versions import version_of


class Terms(BaseModel):
    """`hold_margin` times the quote is held. `driver_share` of the fare is for the driver.

    A capture that is declined is tried `capture_attempts` times in all, and then given up. The first retry comes after
    `retry_after_s`, and each wait is twice the last. One that nobody answers is tried again later, until the provider
    ends the hold, or if it did not tell when, until `hold_lasts_s` after the order was opened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    hold_margin: Decimal = Field(ge=1)
    driver_share: Decimal = Field(ge=0, le=1)
    capture_attempts: int = Field(ge=1)
    retry_after_s: int = Field(ge=1)
    hold_lasts_s: int = Field(ge=1)

    @property
    def frozen(self) -> FrozenTerms:
        """The terms as an order keeps them, whatever later deploys change."""
        return FrozenTerms(**dict(self), version=version_of("terms", self))


class FrozenTerms(Terms):
    """The terms of an order, with the name that their version had when the order was opened."""

    version: str
