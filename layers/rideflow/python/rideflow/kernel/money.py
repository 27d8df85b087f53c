"""Amounts of money: integer minor units with their currency, never floats."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code", examples=["USD"])]
AmountMinor = Annotated[int, Field(description="Integer minor units, such as cents")]


class CurrencyMismatchError(ValueError):
    """Amounts of different currencies were added or subtracted."""


class Money(BaseModel):
    """An amount in minor units of one currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount_minor: AmountMinor
    currency: Currency

    def __add__(self, other: Money) -> Money:
        return Money(amount_minor=self.amount_minor + self._same(other), currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(amount_minor=self.amount_minor - self._same(other), currency=self.currency)

    def __neg__(self) -> Money:
        return Money(amount_minor=-self.amount_minor, currency=self.currency)

    def times(self, factor: Decimal) -> Money:
        """The amount times `factor`, rounded half to even to a whole minor unit."""
        return Money(amount_minor=rounded(self.amount_minor * factor), currency=self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(amount_minor=0, currency=currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} with {other.currency}")
        return other.amount_minor


def rounded(amount_minor: Decimal | int) -> int:
    """The amount in whole minor units, rounded half to even."""
    return int(Decimal(amount_minor).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
