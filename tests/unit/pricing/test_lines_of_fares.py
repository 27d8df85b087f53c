"""The lines of a fare against the formula in fractions: what each costs exactly, and what they cost together."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from rideflow.markets.rates import RateCard
from rideflow.pricing.model import FareBreakdown, Route, fare
from tests.market_data import SAN_FRANCISCO


def a_rate(chance: Random) -> RateCard:
    """A card with up to two decimals in its prices: many lines end in a half."""

    def price() -> Decimal:
        return Decimal(chance.randint(0, 20_000)).scaleb(-chance.choice((0, 1, 2)))

    return RateCard(
        base_minor=chance.randint(0, 500),
        per_km_minor=price(),
        per_minute_minor=price(),
        minimum_minor=chance.choice((0, 700, 5_000)),
        waiting_per_minute_minor=price(),
        waiting_free_s=chance.randint(0, 300),
        route_kept_factor=Decimal(1),
    )


def exact_lines(rate: RateCard, route: Route, surge: Decimal, waited_s: int) -> dict[str, Fraction]:
    distance = Fraction(route.distance_m, 1000) * Fraction(rate.per_km_minor)
    time = Fraction(route.duration_s, 60) * Fraction(rate.per_minute_minor)
    surged = (rate.base_minor + distance + time) * Fraction(surge)
    return {
        "base": rate.base_minor + max(Fraction(0), rate.minimum_minor - surged),
        "distance": distance,
        "time": time,
        "waiting": Fraction(max(0, waited_s - rate.waiting_free_s), 60) * Fraction(rate.waiting_per_minute_minor),
        "surge": surged - (rate.base_minor + distance + time),
    }


def is_right(breakdown: FareBreakdown, exact: dict[str, Fraction], discount_minor: int) -> bool:
    full = round(sum(exact.values()))
    errors = [breakdown.amount(line.kind) - exact[line.kind] for line in breakdown.lines if line.kind in exact]
    alone = {kind: round(amount) for kind, amount in exact.items()}
    told = {line.kind: breakdown.amount(line.kind) for line in breakdown.lines if line.kind in alone}
    return (
        sum(line.amount_minor for line in breakdown.lines) == breakdown.total_minor == max(0, full - discount_minor)
        and all(abs(error) < 1 for error in errors)
        and (sum(alone.values()) != full or all(alone[kind] == amount for kind, amount in told.items()))
    )


def wrongly_priced(seed: int, cases: int) -> Iterator[FareBreakdown]:
    """Of random fares, those that are not the formula rounded once."""
    chance = Random(seed)
    for _ in range(cases):
        rate = a_rate(chance)
        route = Route(distance_m=chance.randint(0, 60_000), duration_s=chance.randint(0, 7_200))
        surge, waited_s = Decimal(chance.randint(100, 300)).scaleb(-2), chance.randint(0, 900)
        discount_minor = chance.choice((0, 0, 500, 10**6))
        breakdown = fare(rate, "USD", route, surge=surge, waited_s=waited_s, discount_minor=discount_minor)
        if not is_right(breakdown, exact_lines(rate, route, surge, waited_s), discount_minor):
            yield breakdown


def test_a_fare_is_the_formula_rounded_once_and_its_lines_sum_to_it() -> None:
    assert next(wrongly_priced(seed=1, cases=5_000), None) is None


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_half_a_million_fares_are_the_formula_rounded_once(seed: int) -> None:
    assert next(wrongly_priced(seed, cases=250_000), None) is None


def test_two_fractions_that_make_a_cent_are_charged_as_one() -> None:
    """100.4 and 40.4 cents are 140.8. Each rounded alone, the two would cost 140 cents."""
    rate = SAN_FRANCISCO.rates["economy"].model_copy(
        update={"per_km_minor": Decimal("100.4"), "per_minute_minor": Decimal("40.4"), "minimum_minor": 0}
    )

    breakdown = fare(rate, "USD", Route(distance_m=1_000, duration_s=60))

    assert (breakdown.amount("distance"), breakdown.amount("time")) == (101, 40)
    assert breakdown.total_minor == rate.base_minor + 141


@pytest.mark.parametrize(("per_km", "line"), [("100.5", 100), ("101.5", 102), ("100.51", 101)])
def test_a_line_that_ends_in_a_half_is_even(per_km: str, line: int) -> None:
    rate = SAN_FRANCISCO.rates["economy"].model_copy(
        update={"per_km_minor": Decimal(per_km), "per_minute_minor": Decimal(0), "minimum_minor": 0}
    )

    assert fare(rate, "USD", Route(distance_m=1_000, duration_s=60)).amount("distance") == line
