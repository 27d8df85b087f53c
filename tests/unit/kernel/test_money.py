from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.money import CurrencyMismatchError, Money, rounded

amounts = st.integers(-(10**12), 10**12).map(lambda minor: Money(amount_minor=minor, currency="USD"))


def usd(minor: int) -> Money:
    return Money(amount_minor=minor, currency="USD")


@given(amounts, amounts)
def test_subtraction_reverses_addition(a: Money, b: Money) -> None:
    assert a + b - b == a
    assert a + -a == Money.zero("USD")


@pytest.mark.parametrize(("minor", "factor", "result"), [(1, "0.5", 0), (3, "0.5", 2), (5, "0.5", 2), (-3, "0.5", -2)])
def test_halves_round_to_the_even_neighbour(minor: int, factor: str, result: int) -> None:
    assert usd(minor).times(Decimal(factor)) == usd(result)


@given(st.integers(0, 10**12))
def test_a_share_and_its_rest_are_the_whole(minor: int) -> None:
    share = usd(minor).times(Decimal("0.8"))

    assert share + (usd(minor) - share) == usd(minor)
    assert abs(share.amount_minor - minor * 8 / 10) <= 0.5 + minor * 1e-15


def test_amounts_of_two_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatchError):
        usd(1) + Money(amount_minor=1, currency="EUR")


def test_rounding_keeps_whole_numbers() -> None:
    assert (rounded(7), rounded(Decimal("7.49")), rounded(Decimal("-0.5"))) == (7, 7, 0)
