from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rideflow.kernel.geo import Point
from rideflow.pricing.rates import CityRates, RouteFigures
from rideflow.pricing.routes import usual_route

SOUTH, NORTH = Point(lat=37.70, lng=-122.42), Point(lat=37.80, lng=-122.42)
FIVE_IN_THE_AFTERNOON = datetime(2026, 10, 1, 17, tzinfo=UTC) + timedelta(hours=7)


def rates(city: str) -> CityRates:
    figures = RouteFigures(detour_factor=Decimal("1.24"), speed_kmh=Decimal(36))
    return CityRates(city=city, currency="USD", route=figures, classes={})


def test_the_straight_line_with_the_city_s_detour_is_driven_at_its_speed() -> None:
    route = usual_route(SOUTH, NORTH, rates("nowhere"), FIVE_IN_THE_AFTERNOON)

    assert route.distance_m == pytest.approx(11_119.5 * 1.24, abs=1)
    assert route.duration_s == pytest.approx(route.distance_m / 10, abs=1)


def test_where_trips_were_recorded_the_hour_counts() -> None:
    busy = usual_route(SOUTH, NORTH, rates("san_francisco"), FIVE_IN_THE_AFTERNOON)
    quiet = usual_route(SOUTH, NORTH, rates("san_francisco"), FIVE_IN_THE_AFTERNOON + timedelta(hours=12))

    assert busy.distance_m == quiet.distance_m == pytest.approx(11_119.5 * 1.24, abs=1)
    assert busy.duration_s > 1.2 * quiet.duration_s
