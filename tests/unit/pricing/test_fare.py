from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rideflow.kernel.geo import Point
from rideflow.pricing.model import (
    MAX_SURGE,
    QUOTE_VALID_FOR,
    FareBreakdown,
    Quote,
    Route,
    cancellation_fee,
    fare,
    final_fare,
)
from rideflow.pricing.rates import RateCard, rates_of

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
RATES = rates_of("san_francisco")
ECONOMY = RATES.classes["economy"]

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
surges = st.decimals(1, MAX_SURGE, places=2)
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


@given(rate_cards, routes, surges, routes, waits)
def test_where_the_route_was_kept_the_quote_is_the_most_that_is_charged(
    rate: RateCard, planned: Route, surge: Decimal, driven: Route, waited_s: int
) -> None:
    quote = quoted(rate, planned, surge)
    final = final_fare(quote, driven, waited_s)
    if driven.distance_m <= planned.distance_m * rate.route_kept_factor:
        assert final.total_minor <= quote.amount_minor
    else:
        assert final == fare(rate, "USD", driven, surge=surge, waited_s=waited_s)


def test_a_ride_whose_path_nobody_saw_costs_what_was_quoted() -> None:
    quote = quoted(ECONOMY, Route(distance_m=5_000, duration_s=600))
    assert final_fare(quote, None, 3_600) == quote.breakdown


def test_a_ride_that_took_twice_as_long_on_the_same_way_costs_what_was_quoted() -> None:
    quote = quoted(ECONOMY, Route(distance_m=5_000, duration_s=600))
    assert final_fare(quote, Route(distance_m=5_900, duration_s=1_200), 0) == quote.breakdown


def test_a_ride_that_ended_early_costs_what_was_driven() -> None:
    quote = quoted(ECONOMY, Route(distance_m=5_000, duration_s=600))
    assert final_fare(quote, Route(distance_m=4_000, duration_s=500), 0).total_minor == 220 + 420 + 325


def test_a_detour_costs_what_was_driven() -> None:
    quote = quoted(ECONOMY, Route(distance_m=5_000, duration_s=600))
    assert final_fare(quote, Route(distance_m=6_001, duration_s=600), 0).total_minor == 220 + 630 + 390


def test_a_cancellation_fee_is_one_line() -> None:
    breakdown = cancellation_fee("USD", 500)
    assert (breakdown.total_minor, breakdown.amount("fees")) == (500, 500)


def test_a_breakdown_whose_lines_do_not_sum_to_the_total_cannot_be_made() -> None:
    document = fare(ECONOMY, "USD", Route(distance_m=5_000, duration_s=600)).model_dump()
    with pytest.raises(ValidationError, match="do not sum"):
        FareBreakdown.model_validate({**document, "total_minor": document["total_minor"] + 1})


def quoted(rate: RateCard, route: Route, surge: Decimal = Decimal(1)) -> Quote:
    breakdown = fare(rate, "USD", route, surge=surge)
    return Quote(
        id=UUID(int=1),
        rider_id=UUID(int=2),
        city="san_francisco",
        zone="sf-bay",
        vehicle_class="economy",
        pickup=Point(lat=37.7955, lng=-122.3937),
        dropoff=Point(lat=37.7599, lng=-122.4148),
        distance_m=route.distance_m,
        duration_s=route.duration_s,
        rate=rate,
        surge=surge,
        breakdown=breakdown,
        amount_minor=breakdown.total_minor,
        currency="USD",
        created_at=NOW,
        expires_at=NOW + QUOTE_VALID_FOR,
    )
