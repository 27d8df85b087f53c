"""`terms.json`: the terms of payment of a market."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rideflow.markets.versions import version_of

LONGEST_RETRIES = timedelta(hours=18)
"""All waits of a capture that stays declined: they are in one execution of the settle saga, which ends after a day."""


class _PaymentTerms(BaseModel):
    """`hold_margin` times the quote is held. `driver_share` of the fare is for the driver.

    A capture that is declined is tried `capture_attempts` times in all, and then given up. The first retry comes after
    `retry_after_s`; each wait is `retry_factor` times the last, and at most `longest_retry_s`. One that nobody answers
    is tried again later, until the provider ends the hold, or if it did not tell when, until `hold_lasts_s` after the
    order was opened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    hold_margin: Decimal = Field(ge=1)
    driver_share: Decimal = Field(ge=0, le=1)
    capture_attempts: int = Field(ge=1)
    retry_after_s: int = Field(ge=1)
    retry_factor: int = Field(default=2, ge=1)
    longest_retry_s: int = Field(default=6 * 60 * 60, ge=1)
    hold_lasts_s: int = Field(ge=1)

    def retry_wait_s(self, failures: int) -> int:
        """Seconds until the next attempt, after so many that failed: at least one."""
        wait_s: int = self.retry_after_s * self.retry_factor ** (failures - 1)
        return min(self.longest_retry_s, wait_s)


class Terms(_PaymentTerms):
    """The terms of a market, as its file has them."""

    @model_validator(mode="after")
    def _retries_are_over_in_time(self) -> Self:
        waits_s = sum(self.retry_wait_s(declines) for declines in range(1, self.capture_attempts))
        if waits_s > LONGEST_RETRIES.total_seconds():
            raise ValueError(f"the waits between attempts are {waits_s} s; together they may be {LONGEST_RETRIES}")
        return self

    @property
    def frozen(self) -> FrozenTerms:
        """The terms as an order keeps them, whatever later deploys change."""
        return FrozenTerms(**dict(self), version=version_of("terms", self))


class FrozenTerms(_PaymentTerms):
    """The terms of an order, with the name that their version had when the order was opened."""

    version: str
