"""The share of a ride that its path accounts for."""

import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.geo import Point
from rideflow.locations.coverage import Ride, coverage, too_short_for_its_way, was_at_dropoff
from rideflow.locations.paths import measured_path
from rideflow.supply.model import PathPoint, milliseconds

START = datetime(2026, 10, 1, 18, tzinfo=UTC)
DEGREE_M = 111_195.08
METRES = 4_000
"""Distance from the pickup north to the dropoff, driven in 400 s."""


def ride(dropoff_m: float = METRES, seconds: float = 400) -> Ride:
    return Ride(UUID(int=1), START, START + timedelta(seconds=seconds), north(0), north(dropoff_m), UUID(int=2))


def north(metres: float) -> Point:
    return Point(lat=37.77 + metres / DEGREE_M, lng=-122.42)


def path(*seconds: float) -> list[PathPoint]:
    """Positions at these seconds of a car that drives 10 m per second."""
    return [PathPoint(milliseconds(START) + round(1000 * at), north(10 * at).lat, -122.42) for at in seconds]


def driving(speed_mps: float, seconds: float) -> list[PathPoint]:
    """A car that drives north at that speed; fixes every 4 s and at the last second."""
    moments = [*(4.0 * step for step in range(math.ceil(seconds / 4))), seconds]
    return [PathPoint(milliseconds(START) + round(1000 * at), north(speed_mps * at).lat, -122.42) for at in moments]


def every(step: int, start: int = 0, end: int = 400) -> list[float]:
    return [float(at) for at in range(start, end + 1, step)]


def test_a_path_from_end_to_end_without_a_gap_accounts_for_the_whole_ride() -> None:
    assert coverage(path(*every(4)), ride(), 4_000) == 1
    assert coverage(path(*every(60, end=360)), ride(), 4_000) < 1  # 400 m from the dropoff, 40 s before the end
    assert coverage(path(*every(57, end=399)), ride(), 4_000) == 1


@pytest.mark.parametrize(("gap_s", "accounted"), [(60, 1.0), (61, 1 - 61 / 400), (200, 0.5)])
def test_a_gap_of_over_a_minute_is_a_hole(gap_s: int, accounted: float) -> None:
    around = [at for at in every(1) if not 100 < at < 100 + gap_s]

    assert coverage(path(*around), ride(), 4_000) == pytest.approx(accounted)


def test_silence_after_the_start_or_before_the_end_is_a_hole() -> None:
    assert coverage(path(*every(4, start=100)), ride(), 3_000) == pytest.approx(0.75 * 3 / 4)
    assert coverage(path(*every(4, end=300)), ride(), 3_000) == pytest.approx(0.75 * 3 / 4)


def test_two_fixes_and_then_twenty_minutes_of_silence_account_for_next_to_nothing() -> None:
    assert coverage(path(0, 4), ride(seconds=1_200), 40) < 0.01


def test_a_path_that_begins_further_than_200_m_from_the_pickup_lacks_the_way_from_there() -> None:
    assert coverage(path(*every(3, start=19)), ride(), 3_810) == 1
    assert coverage(path(*every(4, start=24)), ride(), 3_760) == pytest.approx(3_760 / 4_000)


def test_a_path_that_ends_further_than_200_m_from_the_dropoff_lacks_the_way_there() -> None:
    assert coverage(path(*every(4, end=360)), ride(), 3_600) == pytest.approx(0.9)
    assert coverage(path(*every(3, end=381)), ride(), 3_810) == 1


@pytest.mark.parametrize(
    ("left_m", "last_gap_s", "speed_mps"),
    [
        pytest.param(500, 15, 10, id="in a city, a quarter of a minute before the end"),
        pytest.param(1_650, 55, 30, id="on a fast road, with a silence that is no gap"),
        pytest.param(2_000, 6, 30, id="on a fast road, further than it could have come"),
        pytest.param(500, 15, 0, id="after a stand"),
    ],
)
def test_an_end_far_from_the_dropoff_is_a_hole_if_the_car_may_have_driven_on(
    left_m: float, last_gap_s: float, speed_mps: float
) -> None:
    told = driving(speed_mps, seconds=400 - last_gap_s)
    far = ride(dropoff_m=speed_mps * (400 - last_gap_s) + left_m)

    assert coverage(told, far, 4_000) == pytest.approx(4_000 / (4_000 + left_m))


@pytest.mark.parametrize(
    ("last_gap_s", "speed_mps"),
    [
        pytest.param(0, 40, id="at the end itself"),
        pytest.param(5, 30, id="right before, on a fast road"),
        pytest.param(12, 9, id="at a speed at which nobody comes far"),
        pytest.param(11, 0, id="standing"),
    ],
)
def test_a_ride_that_was_completed_elsewhere_near_its_last_points_has_no_hole(
    last_gap_s: float, speed_mps: float
) -> None:
    """The rider got out two kilometres early: this is another route, and no hole."""
    told = driving(speed_mps, seconds=400 - last_gap_s)

    assert coverage(told, ride(dropoff_m=speed_mps * 400 + 2_000), 4_000) == 1


def test_a_ride_that_ends_at_a_light_after_a_fast_road_has_no_hole() -> None:
    """The car drove at 30 m/s, and its last two points are in one place."""
    told = driving(30, seconds=389)
    told += [point._replace(recorded_ms=point.recorded_ms + 4_000) for point in told[-1:]]

    assert coverage(told, ride(dropoff_m=15_000), 11_670) == 1


def test_a_ride_that_went_past_its_dropoff_with_points_to_its_end_lacks_nothing() -> None:
    assert coverage(path(*every(4)), ride(dropoff_m=2_000), 4_000) == 1


def test_a_way_that_fixes_far_apart_may_hide_is_missing() -> None:
    assert coverage(path(*every(15)), ride(), 4_000, unseen_m=400) == pytest.approx(4_000 / 4_400)


@pytest.mark.parametrize(("length_m", "hidden_m"), [(1_000, 50), (4_000, 120), (10_000, 300)])
def test_a_hidden_way_of_up_to_three_per_cent_or_50_m_is_no_hole(length_m: float, hidden_m: float) -> None:
    assert coverage(path(*every(4)), ride(), length_m, hidden_m) == 1
    assert coverage(path(*every(4)), ride(), length_m, hidden_m + 0.1) < 1


@pytest.mark.parametrize("points", [0, 1])
def test_less_than_two_points_account_for_nothing(points: int) -> None:
    assert coverage(path(*every(400)[:points]), ride(), 0) == 0


def test_a_ride_of_no_time_is_accounted_for_by_its_ends() -> None:
    assert coverage(path(0, 0), ride(dropoff_m=0, seconds=0), 0) == 1


@given(st.lists(st.floats(0, 400), min_size=2, max_size=80).map(sorted), st.floats(0, 50_000))
def test_coverage_is_a_share_for_any_path(seconds: list[float], length_m: float) -> None:
    assert 0 <= coverage(path(*seconds), ride(), length_m) <= 1


@given(st.sets(st.integers(1, 399), max_size=60), st.integers(1, 399))
def test_a_further_point_never_makes_a_hole(seconds: set[int], more: int) -> None:
    ends = {0, 400}
    before = coverage(path(*map(float, sorted(seconds | ends))), ride(), 4_000)

    assert coverage(path(*map(float, sorted(seconds | ends | {more}))), ride(), 4_000) >= before


def test_the_smallest_hole_is_told_as_one() -> None:
    """One part of 10,000: a ride of eight hours with a gap of a minute and a second accounts for 0.9978 of itself."""
    seconds = 8 * 3_600
    at = [second for second in every(4, end=seconds) if not 100 < second < 161]
    standing = [PathPoint(milliseconds(START) + round(1000 * second), 37.77, -122.42) for second in at]

    assert 0.997 < measured_path(standing, ride(dropoff_m=0, seconds=seconds)).coverage < 1


def test_no_time_is_too_short_for_a_way_that_no_car_can_have_driven_in_it() -> None:
    assert not too_short_for_its_way(ride(4_200, seconds=67), 60)
    assert too_short_for_its_way(ride(4_200, seconds=66), 60)
    assert not too_short_for_its_way(ride(199, seconds=0), 60)
    assert too_short_for_its_way(ride(201, seconds=0), 60)
    assert too_short_for_its_way(ride(4_200, seconds=-1), 60)


@pytest.mark.parametrize(("before_s", "away_m", "was_there"), [
    (60, 199, True), (0, 199, True), (61, 0, False), (30, 201, False), (-1, 0, False),
])  # fmt: skip
def test_a_car_was_at_the_dropoff_by_a_position_of_the_last_minute(
    before_s: float, away_m: float, *, was_there: bool
) -> None:
    at = milliseconds(START) + round(1000 * (400 - before_s))
    point = PathPoint(at, north(METRES - away_m).lat, -122.42)

    assert was_at_dropoff([point], ride()) == was_there
