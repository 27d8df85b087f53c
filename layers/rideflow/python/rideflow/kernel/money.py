"""Amounts of money: integer minor units with their currency, never floats; how they are rounded and divided."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

type Exact = int | Decimal | Fraction
"""An amount or a weight before it is rounded. No float: a tenth of a cent is none."""

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
        return Money(amount_minor=rounded(self.amount_minor * Fraction(factor)), currency=self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(amount_minor=0, currency=currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} with {other.currency}")
        return other.amount_minor


def rounded(amount_minor: Exact) -> int:
    """The amount in whole minor units, rounded half to even. It is exact, whatever the precision of the context."""
    return round(amount_minor)


def rounded_lines(amounts_minor: Iterable[Exact]) -> tuple[int, ...]:
    """The amounts in whole minor units, which sum to their exact sum, rounded half to even.

    Each is rounded half to even too, if these already sum to it. If not, `_apportioned` says which lines give way; none
    is a whole unit away from its exact amount, and an amount without a fraction stays as it is.
    """
    numerators, denominator = _over_one_denominator(amounts_minor)
    return _apportioned(numerators, denominator, rounded(Fraction(sum(numerators), denominator)))


def divided(total_minor: int, weights: Iterable[Exact]) -> tuple[int, ...]:
    """The total divided in proportion to the weights, in whole minor units that sum to it.

    No part is a whole unit away from its exact share, and a weight of zero gets nothing. A negative total is divided as
    the positive one is, with the signs turned: a reversal takes from each part what the amount gave it.

    Raises ValueError for a negative weight, and for a total that no weight takes a part of.
    """
    shares, _ = _over_one_denominator(weights)
    if any(share < 0 for share in shares):
        raise ValueError("a weight is negative")
    if total_minor == 0:
        return (0,) * len(shares)
    if not any(shares):
        raise ValueError("no weight is above zero")
    sign = 1 if total_minor > 0 else -1
    numerators = [abs(total_minor) * share for share in shares]
    return tuple(sign * part for part in _apportioned(numerators, sum(shares), abs(total_minor)))


def _apportioned(numerators: Sequence[int], denominator: int, total: int) -> tuple[int, ...]:
    """Whole units that sum to the total, by the largest remainders of the exact amounts (Hamilton's method).

    Each part gets the whole units of its amount. The units that are left go one by one to the parts with the largest
    remainders; of equal ones first to those that become even by it, then to those that are named first. So halves are
    rounded to even as long as the total allows it, and the result depends on nothing but the arguments.

    The total is the sum of the amounts, rounded up or down. Then at most as many units are left as parts have a
    remainder.
    Source: M. L. Balinski and H. P. Young, "Fair Representation", 2nd edition, Brookings 2001: the method of Hamilton.
    """
    parts = [each // denominator for each in numerators]
    remainders = [each % denominator for each in numerators]
    first = sorted(range(len(parts)), key=lambda at: (-remainders[at], parts[at] % 2 == 0, at))
    for at in first[: total - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


def _over_one_denominator(amounts: Iterable[Exact]) -> tuple[list[int], int]:
    """The numerators of the amounts over their least common denominator."""
    ratios = [amount.as_integer_ratio() for amount in amounts]
    denominator = math.lcm(*(below for _, below in ratios))
    return [above * (denominator // below) for above, below in ratios], denominator
