"""What a ride costs after all: each row of `final_fare`'s table, and what must hold whatever was driven."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.intervals import measure
from rideflow.kernel.geo import Point
from rideflow.kernel.polyline import encoded
from rideflow.markets.rates import RateCard
from rideflow.markets.versions import version_of
from rideflow.pricing.model import QUOTE_VALID_FOR, Driven, Quote, Route, fare, final_fare, route_kept
from tests.market_data import SAN_FRANCISCO

NOW = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
ECONOMY = SAN_FRANCISCO.rates["economy"]
PICKUP = Point(lat=37.75, lng=-122.42)
DEGREE_M = 111_195.08
PLANNED = Route(distance_m=5_000, duration_s=600)
"""1135 minor units."""

coverages = st.one_of(st.just(1.0), st.floats(0, 1))
driven_ways = st.builds(
    Driven, distance_m=st.integers(0, 200_000), duration_s=st.integers(0, 20_000), coverage=coverages
)
routes = st.builds(Route, distance_m=st.integers(0, 200_000), duration_s=st.integers(0, 20_000))
amounts, fractions = st.integers(0, 10_000), st.decimals(0, 1_000, places=2)
rate_cards = st.builds(
    RateCard,
    base_minor=amounts,
    per_km_minor=fractions,
    per_minute_minor=fractions,
    minimum_minor=amounts,
    waiting_per_minute_minor=fractions,
    waiting_free_s=st.integers(0, 600),
    route_kept_factor=st.decimals(1, 2, places=2),
    route_kept_slack_m=st.integers(0, 1_000),
)
surges, waits = st.decimals(1, 3, places=2), st.integers(0, 3_600)


def at(north_m: float, east_m: float = 0) -> Point:
    return Point(lat=PICKUP.lat + north_m / DEGREE_M, lng=PICKUP.lng + east_m / DEGREE_M / 0.7907)


def line(*places: tuple[float, float]) -> str:
    return encoded(at(*place) for place in places)


def quoted(route: Route = PLANNED, rate: RateCard = ECONOMY, surge: Decimal = Decimal(1)) -> Quote:
    """A quote to a place as far north as the route is long."""
    breakdown = fare(rate, "USD", route, surge=surge)
    return Quote(
        id=UUID(int=1),
        rider_id=UUID(int=2),
        market="san_francisco",
        zone="sf-bay",
        product="economy",
        pickup=PICKUP,
        dropoff=at(min(route.distance_m, 50_000)),
        distance_m=route.distance_m,
        duration_s=route.duration_s,
        line=route.line,
        rate=rate,
        rates_version=version_of("rates", rate),
        cancellation_terms=SAN_FRANCISCO.rules.cancellation.frozen,
        surge=surge,
        breakdown=breakdown,
        amount_minor=breakdown.total_minor,
        currency="USD",
        created_at=NOW,
        expires_at=NOW + QUOTE_VALID_FOR,
    )


def charged(
    distance_m: int, duration_s: int, *, quote: Quote | None = None, waited_s: int = 0, **known: object
) -> tuple[int, str]:
    """The amount, and because of what."""
    driven = Driven.model_validate({"distance_m": distance_m, "duration_s": duration_s, **known})
    final = final_fare(quote or quoted(), driven, waited_s)
    return final.breakdown.total_minor, final.reasons.because


def test_a_ride_whose_path_nobody_saw_costs_what_was_quoted() -> None:
    quote = quoted()
    final = final_fare(quote, None, 3_600)

    assert final.breakdown == quote.breakdown
    assert (final.reasons.because, final.reasons.coverage, final.reasons.quoted_minor) == ("path_not_known", 0, 1135)


@pytest.mark.parametrize(("distance_m", "duration_s"), [(40, 1_200), (12_000, 3_000)])
def test_a_ride_whose_path_has_a_hole_costs_what_was_quoted_be_it_shorter_or_longer(
    distance_m: int, duration_s: int
) -> None:
    assert charged(distance_m, duration_s, coverage=0.99) == (1135, "path_not_known")


def test_an_hour_in_a_jam_on_the_same_way_costs_what_was_quoted() -> None:
    assert charged(5_000, 3_600) == (1135, "quote_is_the_cap")
    assert charged(5_900, 1_200) == (1135, "quote_is_the_cap")


def test_waiting_at_the_pickup_is_within_the_quotes_cap() -> None:
    assert charged(5_000, 500, waited_s=180) == (220 + 525 + 325 + 35, "route_kept")
    assert charged(5_000, 600, waited_s=600) == (1135, "quote_is_the_cap")


def test_a_ride_that_ended_early_on_its_way_costs_what_was_driven() -> None:
    assert charged(4_000, 500) == (220 + 420 + 325, "route_kept")
    assert charged(4_000, 500, line=line((0, 0), (4_000, 0))) == (220 + 420 + 325, "route_kept")


def test_a_ride_to_another_place_costs_what_was_driven_though_it_is_no_longer() -> None:
    """As long as the quoted way, but east."""
    assert charged(5_000, 1_200, line=line((0, 0), (0, 5_000))) == (220 + 525 + 780, "another_route")


def test_a_detour_costs_what_was_driven() -> None:
    assert charged(6_001, 600) == (220 + 630 + 390, "another_route")


def test_of_a_short_trip_a_block_more_is_no_detour() -> None:
    """A quote of 500 m allowed 600 m; the next street is 120 m away."""
    short = quoted(Route(distance_m=500, duration_s=120))

    assert charged(800, 1_200, quote=short) == (700, "quote_is_the_cap")
    assert charged(801, 1_200, quote=short)[1] == "another_route"


@pytest.mark.parametrize("distance_m", [4_900, 4_950, 5_050, 5_100])
def test_what_measuring_does_to_a_distance_changes_no_fare(distance_m: int) -> None:
    """Two per cent, or 100 m."""
    assert charged(distance_m, 600) == (1135, "route_kept")


def test_a_line_that_stays_within_150_m_of_the_quoted_one_kept_the_route_however_long_it_is() -> None:
    street = quoted(PLANNED.model_copy(update={"line": line((0, 0), (5_000, 0))}))

    assert charged(9_000, 1_200, quote=street, line=line((0, 0), (5_000, 0), (3_000, 0), (5_000, 0))) == (
        1135,
        "quote_is_the_cap",
    )
    assert charged(5_300, 1_200, quote=street, line=line((0, 0), (2_000, 140), (5_000, -140)))[1] == "quote_is_the_cap"


def test_a_line_that_leaves_the_quoted_one_by_more_than_150_m_is_another_route_though_it_is_no_longer() -> None:
    street = quoted(PLANNED.model_copy(update={"line": line((0, 0), (5_000, 0))}))

    assert charged(5_050, 1_200, quote=street, line=line((0, 0), (2_500, 160), (5_000, 0)))[1] == "another_route"


@pytest.mark.parametrize("interval_s", [3, 5, 10, 15, 30, 45])
def test_a_kept_route_costs_its_quote_however_seldom_the_phone_sends(interval_s: int) -> None:
    """Rides of 1 to 15 km as `rideflow bench --only intervals` draws them, half of them with a quoted line.

    A path of which too little is known leaves the quote. Where fixes come often, noise of 20 m may hide a few per cent.
    """
    rides = measure(interval_s, 24, seed=7)

    assert max(ride.charged for ride in rides) <= 1
    assert min(ride.charged for ride in rides) >= (0.97 if interval_s <= 5 else 0.99)


def test_the_reasons_tell_what_was_measured_and_computed() -> None:
    reasons = final_fare(quoted(), Driven(distance_m=5_900, duration_s=1_200), 0).reasons

    assert reasons.model_dump() == {
        "version": 1,
        "because": "quote_is_the_cap",
        "quoted_minor": 1135,
        "computed_minor": 220 + 620 + 780,
        "coverage": 1.0,
        "driven_distance_m": 5_900,
        "driven_duration_s": 1_200,
        "limited_to_hold": False,
        "rates_version": version_of("rates", ECONOMY),
    }


@given(rate_cards, routes, surges, st.one_of(st.none(), driven_ways), waits)
def test_only_another_route_costs_more_than_the_quote_and_a_path_that_is_not_known_costs_the_quote(
    rate: RateCard, planned: Route, surge: Decimal, driven: Driven | None, waited_s: int
) -> None:
    quote = quoted(planned, rate, surge)
    final = final_fare(quote, driven, waited_s)

    if driven is None or driven.coverage < 1:
        assert final.breakdown == quote.breakdown
    elif route_kept(quote, driven):
        assert final.breakdown.total_minor <= quote.amount_minor
    else:
        assert final.breakdown == fare(rate, "USD", driven, surge=surge, waited_s=waited_s)
        assert driven.distance_m > planned.distance_m * float(rate.route_kept_factor)


@given(driven_ways.map(lambda driven: driven.model_copy(update={"coverage": 1.0})), st.integers(0, 7_200))
def test_a_minute_more_on_a_kept_route_never_costs_less_and_never_more_than_the_quote(
    driven: Driven, more_s: int
) -> None:
    quote = quoted()
    later = driven.model_copy(update={"duration_s": driven.duration_s + more_s})
    before, after = (final_fare(quote, way, 0).breakdown.total_minor for way in (driven, later))

    assert before <= after
    if route_kept(quote, later):
        assert after <= quote.amount_minor


places = st.tuples(st.integers(-700, 700), st.integers(-700, 700))


@settings(max_examples=60, deadline=None)
@given(st.lists(places, min_size=2, max_size=4), st.lists(places, min_size=2, max_size=4))
def test_a_line_is_kept_if_every_place_of_the_driven_one_is_within_150_m_of_it(
    planned: list[tuple[int, int]], driven: list[tuple[int, int]]
) -> None:
    """Beside places every 10 m of both lines. What those, five decimals and steps of 50 m do not tell is left open."""
    quote = quoted(PLANNED.model_copy(update={"line": line(*planned)}))
    furthest_m = max(min(math.dist(place, other) for other in dense(planned)) for place in dense(driven))

    kept = route_kept(quote, Driven(distance_m=5_000, duration_s=600, line=line(*driven)))

    if furthest_m < 145:
        assert kept
    if furthest_m > 180:
        assert not kept


def dense(places: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = [places[0]]
    for (ax, ay), (bx, by) in pairwise(places):
        steps = max(1, math.ceil(math.dist((ax, ay), (bx, by)) / 10))
        found += [(ax + (bx - ax) * step / steps, ay + (by - ay) * step / steps) for step in range(1, steps + 1)]
    return found
