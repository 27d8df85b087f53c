from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rideflow.markets.rates import RateCard
from rideflow.pricing.model import (
    FareBreakdown,
    Route,
    cancellation_fee,
    fare,
)
from tests.market_data import SAN_FRANCISCO

RATES = SAN_FRANCISCO.rates
ECONOMY = RATES["economy"]

amounts = st.integers(0, 10_000)
fractions = st.decimals(0, 1_000, places=2)
rate_cards = st.builds(
    RateCard,
    base_minor=amounts,
    per_km_minor=fractions,
    per_minute_minor=fractions,
    minimum_minor=amounts,
    waiting_per_minute_minor=fractions,
    waiting_free_s=st.integers(0, 600),
    route_kept_factor=st.decimals(1, 2, places=2),
)
routes = st.builds(Route, distance_m=st.integers(0, 200_000), duration_s=st.integers(0, 20_000))
surges = st.decimals(1, 3, places=2)
waits = st.integers(0, 3_600)


def test_an_economy_ride_of_five_kilometres_and_ten_minutes_costs_base_distance_and_time() -> None:
    breakdown = fare(ECONOMY, "USD", Route(distance_m=5_000, duration_s=600))
    assert {line.kind: line.amount_minor for line in breakdown.lines if line.amount_minor} == {
        "base": 220,
        "distance": 525,
        "time": 390,
    }
    assert breakdown.total_minor == 1135


def test_a_short_ride_costs_the_minimum_and_the_base_line_says_so() -> None:
    breakdown = fare(ECONOMY, "USD", Route(distance_m=0, duration_s=0))
    assert breakdown.total_minor == ECONOMY.minimum_minor == breakdown.amount("base")


def test_surge_multiplies_base_distance_and_time() -> None:
    route = Route(distance_m=5_000, duration_s=600)
    assert fare(ECONOMY, "USD", route, surge=Decimal("2.00")).total_minor == 2 * 1135


def test_a_short_ride_in_a_surge_costs_the_minimum_once() -> None:
    route = Route(distance_m=1_000, duration_s=120)
    breakdown = fare(ECONOMY, "USD", route, surge=Decimal("1.20"))
    assert breakdown.amount("surge") > 0
    assert breakdown.total_minor == ECONOMY.minimum_minor


def test_waiting_is_charged_from_the_free_time_on() -> None:
    route = Route(distance_m=5_000, duration_s=600)
    assert fare(ECONOMY, "USD", route, waited_s=120).amount("waiting") == 0
    assert fare(ECONOMY, "USD", route, waited_s=240).amount("waiting") == 70


@given(rate_cards, routes, surges, waits, st.integers(0, 50_000))
def test_the_lines_sum_to_the_total_which_is_never_negative(
    rate: RateCard, route: Route, surge: Decimal, waited_s: int, discount_minor: int
) -> None:
    breakdown = fare(rate, "USD", route, surge=surge, waited_s=waited_s, discount_minor=discount_minor)
    assert sum(line.amount_minor for line in breakdown.lines) == breakdown.total_minor >= 0


@given(rate_cards, routes, surges, waits)
def test_no_fare_is_under_the_minimum(rate: RateCard, route: Route, surge: Decimal, waited_s: int) -> None:
    assert fare(rate, "USD", route, surge=surge, waited_s=waited_s).total_minor >= rate.minimum_minor


@given(rate_cards, routes, surges, waits, st.integers(0, 50_000))
def test_a_longer_way_never_costs_less(
    rate: RateCard, route: Route, surge: Decimal, waited_s: int, more_m: int
) -> None:
    longer = route.model_copy(update={"distance_m": route.distance_m + more_m})
    shorter_total = fare(rate, "USD", route, surge=surge, waited_s=waited_s).total_minor
    assert fare(rate, "USD", longer, surge=surge, waited_s=waited_s).total_minor >= shorter_total


@given(rate_cards, routes, surges, st.integers(0, 50_000))
def test_a_discount_takes_off_what_it_says_until_nothing_is_left(
    rate: RateCard, route: Route, surge: Decimal, discount_minor: int
) -> None:
    full = fare(rate, "USD", route, surge=surge).total_minor
    less = fare(rate, "USD", route, surge=surge, discount_minor=discount_minor).total_minor
    assert less == max(0, full - discount_minor)


@given(rate_cards, routes, surges, st.integers(0, 50_000))
def test_a_fare_limited_to_the_hold_never_exceeds_it_and_still_adds_up(
    rate: RateCard, route: Route, surge: Decimal, held_minor: int
) -> None:
    full = fare(rate, "USD", route, surge=surge)
    assert full.limited_to(held_minor).total_minor == min(full.total_minor, held_minor)


def test_a_cancellation_fee_is_one_line() -> None:
    breakdown = cancellation_fee("USD", 500)
    assert (breakdown.total_minor, breakdown.amount("fees")) == (500, 500)


def test_a_breakdown_whose_lines_do_not_sum_to_the_total_cannot_be_made() -> None:
    document = fare(ECONOMY, "USD", Route(distance_m=5_000, duration_s=600)).model_dump()
    with pytest.raises(ValidationError, match="do not sum"):
        FareBreakdown.model_validate({**document, "total_minor": document["total_minor"] + 1})
