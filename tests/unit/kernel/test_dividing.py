"""Amounts that are divided, and lines that sum: each case is compared with another way to the same result."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil, floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.money import Exact, divided, rounded, rounded_lines

amounts = st.one_of(st.integers(-9, 9), st.integers(-(10**12), 10**12))
weights = st.one_of(
    st.integers(0, 4), st.integers(0, 10**9), st.decimals(0, 1, places=4), st.fractions(0, 3, max_denominator=12)
)


def by_moving_units(exact: Sequence[Fraction], total: int) -> tuple[int, ...]:
    """The parts by another way: each is rounded half to even, then single units are moved until they sum to the total.

    A unit goes to the part that lost most by its rounding, or comes from the part that gained most. Of equal ones that
    part is moved which becomes even by it; then the first gets a unit, and the last gives one back.
    """
    parts = [round(each) for each in exact]
    while short := total - sum(parts):
        step = 1 if short > 0 else -1
        errors = [step * (wanted - part) for wanted, part in zip(exact, parts, strict=True)]
        parts[max(range(len(parts)), key=lambda at: (errors[at], parts[at] % 2, -step * at))] += step
    return tuple(parts)


def shares_of(total: int, by: Sequence[Exact]) -> list[Fraction]:
    exact = [Fraction(weight) for weight in by]
    return [total * weight / sum(exact) for weight in exact]


def expected(total: int, by: Sequence[Exact]) -> tuple[int, ...]:
    parts = by_moving_units(shares_of(abs(total), by), abs(total))
    return parts if total >= 0 else tuple(-part for part in parts)


def random_divisions(seed: int, cases: int) -> Iterator[tuple[int, list[int]]]:
    """Totals with weights: every other one small, so that remainders are often equal."""
    chance = Random(seed)
    for case in range(cases):
        most, heaviest = (40, 5) if case % 2 else (10**9, 10_000)
        by = [chance.randint(0, heaviest) for _ in range(chance.randint(1, 5))]
        by[chance.randrange(len(by))] += 1
        yield chance.randint(-most, most), by


def random_lines(seed: int, cases: int) -> Iterator[list[Fraction]]:
    chance = Random(seed)
    for case in range(cases):
        below, most = (4, 20) if case % 2 else (60_000, 10**9)
        yield [Fraction(chance.randint(-most, most), below) for _ in range(chance.randint(1, 6))]


@given(amounts, st.lists(weights, min_size=1, max_size=7).filter(any))
def test_a_division_is_the_one_of_the_largest_remainders(total: int, by: list[Exact]) -> None:
    assert divided(total, by) == expected(total, by)


@given(amounts, st.lists(weights, min_size=1, max_size=7).filter(any))
def test_parts_sum_to_the_total_and_none_is_a_unit_off(total: int, by: list[Exact]) -> None:
    parts, exact = divided(total, by), shares_of(total, by)

    assert sum(parts) == total
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))
    assert all(part == 0 for part, weight in zip(parts, by, strict=True) if weight == 0)


@given(amounts, st.lists(weights, min_size=1, max_size=7).filter(any))
def test_shares_that_sum_when_each_is_rounded_half_to_even_are_left_so(total: int, by: list[Exact]) -> None:
    alone = tuple(round(share) for share in shares_of(total, by))

    assert sum(alone) != total or divided(total, by) == alone


@given(amounts, st.lists(weights, min_size=1, max_size=7).filter(any), st.integers(1, 1_000))
def test_a_division_turns_its_signs_with_the_total_and_knows_no_unit_of_weight(
    total: int, by: list[Exact], times: int
) -> None:
    assert divided(-total, by) == tuple(-part for part in divided(total, by))
    assert divided(total, [Fraction(weight) * times / 7 for weight in by]) == divided(total, by)


@given(st.integers(0, 60), st.lists(st.integers(0, 6), min_size=1, max_size=5).filter(any))
def test_no_other_division_is_nearer_to_the_exact_one(total: int, by: list[int]) -> None:
    """Hamilton's method has the least sum of squared errors of all divisions that sum to the total."""
    exact = shares_of(total, by)

    def squared(parts: Sequence[int]) -> Fraction:
        return sum(((part - share) ** 2 for part, share in zip(parts, exact, strict=True)), Fraction(0))

    choices = product(*({floor(share), ceil(share)} for share in exact))
    assert squared(divided(total, by)) == min(squared(parts) for parts in choices if sum(parts) == total)


@pytest.mark.parametrize(
    ("total", "by", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (2, (1, 1, 1), (1, 1, 0)),
        (10, (Decimal("0.85"), Decimal("0.15")), (8, 2)),  # 8.5 and 1.5
        (30, (Decimal("0.85"), Decimal("0.15")), (26, 4)),  # 25.5 and 4.5
        (5, (1, 1), (3, 2)),  # both would be even without the last unit
        (7, (1, 1), (4, 3)),
        (3, (0, 1, 0, 1), (0, 2, 0, 1)),
        (9, (5, 3, 1), (5, 3, 1)),
        (0, (0, 0), (0, 0)),
        (0, (), ()),
    ],
)
def test_equal_remainders_are_decided_by_a_rule(total: int, by: Sequence[Exact], parts: tuple[int, ...]) -> None:
    assert divided(total, by) == parts


@pytest.mark.parametrize(("total", "by"), [(1, (2, -1)), (1, (0, 0)), (-1, ()), (0, (1, -1))])
def test_a_total_that_no_weight_takes_is_refused(total: int, by: Sequence[Exact]) -> None:
    with pytest.raises(ValueError, match="weight"):
        divided(total, by)


@given(
    st.lists(st.one_of(st.fractions(-99, 99, max_denominator=8), st.decimals(-(10**9), 10**9, places=3)), max_size=8)
)
def test_lines_sum_to_their_rounded_sum_and_none_is_a_unit_off(lines: list[Exact]) -> None:
    exact = [Fraction(line) for line in lines]
    parts = rounded_lines(lines)

    assert sum(parts) == round(sum(exact, Fraction(0)))
    assert parts == by_moving_units(exact, sum(parts))
    assert all(abs(part - line) < 1 for part, line in zip(parts, exact, strict=True))
    assert all(part == line for part, line in zip(parts, exact, strict=True) if line.denominator == 1)


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (("0.5", "1.5", "2.5", "-0.5"), (0, 2, 2, 0)),
        (("100.4", "100.4"), (101, 100)),
        (("220", "100.6", "100.6"), (220, 101, 100)),
        (("0.5", "0.5", "0.5", "0.5"), (1, 1, 0, 0)),
        ((), ()),
    ],
)
def test_halves_go_to_even_until_lines_have_to_give_way(lines: Sequence[str], parts: tuple[int, ...]) -> None:
    assert rounded_lines(Decimal(line) for line in lines) == parts


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**6))
def test_rounding_is_exact_beyond_the_digits_of_the_decimal_context(above: int, below: int) -> None:
    """Python's own round() of a fraction is compared with the definition."""
    exact = Fraction(above, below)
    nearest = rounded(exact)

    assert abs(exact - nearest) <= Fraction(1, 2)
    assert abs(exact - nearest) < Fraction(1, 2) or nearest % 2 == 0
    assert rounded(Decimal(f"{above}.5")) == rounded(Fraction(f"{above}.5"))


def test_two_hundred_thousand_divisions_and_sums_are_those_of_the_other_way() -> None:
    check(seed=1, cases=100_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_millions_of_divisions_and_sums_are_those_of_the_other_way(seed: int) -> None:
    check(seed, cases=500_000)


def check(seed: int, cases: int) -> None:
    """As many divisions, and as many sums of lines."""
    for total, by in random_divisions(seed, cases):
        assert divided(total, by) == expected(total, by), (total, by)
    for lines in random_lines(seed, cases):
        parts = rounded_lines(lines)
        assert parts == by_moving_units(lines, round(sum(lines, Fraction(0)))), lines
