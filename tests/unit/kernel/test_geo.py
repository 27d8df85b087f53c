import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rideflow.kernel.geo import EARTH_RADIUS_M, Point, cell_of, distance_m

FERRY_BUILDING = Point(lat=37.7955, lng=-122.3937)
AIRPORT = Point(lat=37.6213, lng=-122.3790)
points = st.builds(Point, lat=st.floats(-90, 90), lng=st.floats(-180, 180))


def test_the_distance_from_the_ferry_building_to_the_airport_is_known() -> None:
    assert distance_m(FERRY_BUILDING, AIRPORT) == pytest.approx(19_412, abs=15)


@pytest.mark.parametrize(
    ("a", "b", "quarters"),
    [
        ((0, 0), (0, 90), 1),
        ((0, 0), (90, 0), 1),
        ((0, 0), (0, 180), 2),
        ((90, 0), (-90, 0), 2),
        ((0, 179), (0, -91), 1),
    ],
)
def test_quarters_of_the_earth_are_as_long_as_they_are(
    a: tuple[float, float], b: tuple[float, float], quarters: int
) -> None:
    measured = distance_m(Point(lat=a[0], lng=a[1]), Point(lat=b[0], lng=b[1]))

    assert measured == pytest.approx(EARTH_RADIUS_M * math.pi / 2 * quarters)


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_around(a: Point, b: Point) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a), abs=1e-6)
    assert 0 <= distance_m(a, b) <= EARTH_RADIUS_M * math.pi + 1e-6
    assert distance_m(a, a) == 0


@pytest.mark.parametrize(
    "degrees", [{"lat": 90.001}, {"lat": -91}, {"lng": 180.5}, {"lng": -181}, {"lat": math.nan}, {"lng": math.inf}]
)
def test_coordinates_outside_the_earth_are_no_point(degrees: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Point(**{"lat": 0.0, "lng": 0.0} | degrees)


def test_near_points_share_a_cell_and_far_ones_do_not() -> None:
    beside = Point(lat=FERRY_BUILDING.lat + 1e-6, lng=FERRY_BUILDING.lng)

    assert cell_of(beside) == cell_of(FERRY_BUILDING) != cell_of(AIRPORT)
    assert 0 < cell_of(AIRPORT) < 2**63
