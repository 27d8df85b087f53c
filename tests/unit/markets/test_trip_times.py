import math
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.geo import Point
from rideflow.markets.travel import Travel
from rideflow.markets.trip_times import FittedTrips, StraightLineTrips, trip_times
from tests.machine import million_steps_s
from tests.market_data import SAN_FRANCISCO

NOON = datetime(2008, 5, 21, 19, tzinfo=UTC)
SOUTH = Point(lat=37.76, lng=-122.42)
DEGREE_KM = 111.195
TRAVEL = {"detour_factor": "1.3", "pickup_speed_kmh": "25", "trip_speed_kmh": "20"}


def north(km: float) -> Point:
    return Point(lat=SOUTH.lat + km / DEGREE_KM, lng=SOUTH.lng)


def test_a_market_without_recorded_trips_has_the_straight_line() -> None:
    times = trip_times(Travel.model_validate(TRAVEL), "UTC")

    assert isinstance(times, StraightLineTrips)
    assert times.seconds(SOUTH, north(10), NOON) == pytest.approx(1.3 * 10 / 20 * 3600, rel=1e-3)


def test_the_hour_is_that_of_the_market() -> None:
    """In Los Angeles the morning's slow traffic comes seven hours after that of UTC."""
    travel = SAN_FRANCISCO.travel
    here, elsewhere = trip_times(travel, "America/Los_Angeles"), trip_times(travel, "UTC")

    later = NOON + timedelta(hours=7)
    assert here.seconds(SOUTH, north(3), later) == elsewhere.seconds(SOUTH, north(3), NOON)
    assert here.seconds(SOUTH, north(3), NOON) != elsewhere.seconds(SOUTH, north(3), NOON)


def test_san_francisco_s_trips_are_faster_the_longer_they_are_and_slower_in_the_afternoon() -> None:
    seconds = SAN_FRANCISCO.trip_times.seconds
    five_in_the_morning, five_in_the_afternoon = NOON.replace(hour=12), NOON.replace(day=22, hour=0)

    assert seconds(SOUTH, north(3), NOON) == pytest.approx(630, rel=0.05)
    assert seconds(SOUTH, north(20), NOON) < 3 * seconds(SOUTH, north(3), NOON)
    assert seconds(SOUTH, north(3), five_in_the_afternoon) > 1.3 * seconds(SOUTH, north(3), five_in_the_morning)


def test_the_curve_has_a_bend_and_no_step() -> None:
    fitted = FittedTrips("UTC", math.log(100), 1.0, 4.0, 0.5, ())

    assert fitted.seconds(SOUTH, north(1.5), NOON) == pytest.approx(200, rel=1e-3)
    assert fitted.seconds(SOUTH, north(3.5), NOON) == pytest.approx(400, rel=1e-3)
    assert fitted.seconds(SOUTH, north(15.5), NOON) == pytest.approx(800, rel=1e-3)


@given(st.floats(0, 300), st.floats(0, 300), st.integers(0, 86_399))
def test_a_longer_trip_never_takes_less(a_km: float, b_km: float, second: int) -> None:
    shorter, longer = sorted((a_km, b_km))
    at = datetime.fromtimestamp(1_211_353_200 + second, UTC)
    seconds = SAN_FRANCISCO.trip_times.seconds

    assert 0 < seconds(SOUTH, north(shorter), at) <= seconds(SOUTH, north(longer), at) * (1 + 1e-9)


def test_the_figures_are_there_at_once() -> None:
    began = time.process_time()

    SAN_FRANCISCO.trip_times.seconds(SOUTH, north(1), NOON)

    assert time.process_time() - began < million_steps_s()
