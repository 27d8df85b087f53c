import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.geo import Point, distance_m
from rideflow.markets.areas import Area


def square(west: float, south: float, side: float) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: list[list[float]]) -> Area:
    return Area.of({"type": "Polygon", "coordinates": rings})


def at(lng: float, lat: float) -> Point:
    return Point(lat=lat, lng=lng)


def test_a_hole_is_outside_and_so_is_what_lies_between_two_polygons() -> None:
    area = Area.of({"type": "MultiPolygon", "coordinates": [[square(0, 0, 4), square(1, 1, 1)], [square(6, 0, 1)]]})

    places = [(0.5, 0.5), (1.5, 1.5), (3, 3), (5, 0.5), (6.5, 0.5), (6.5, 2), (-1, 1)]
    assert [area.holds(at(*place)) for place in places] == [True, False, True, False, True, False, False]


@given(st.floats(0, 1), st.floats(-3, 3), st.floats(-2, 2), st.floats(-3, 3))
def test_a_shared_border_belongs_to_exactly_one_side(share: float, west: float, middle: float, east: float) -> None:
    """Two areas that share a slanted border, drawn in both directions: no place is in both or in none."""
    a, b = [middle, -1.0], [middle / 2 + 0.1, 2.0]
    left = polygon([a, b, [-9.0, 2.0], [-9.0, -1.0], a])
    right = polygon([a, [9.0, -1.0], [9.0, 2.0], b, a])
    on_border = at(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))

    for place in (on_border, at(west, 0.3), at(east, 1.1)):
        if -1 <= place.lat < 2:
            assert left.holds(place) != right.holds(place)


@pytest.mark.parametrize(
    ("north_m", "within_500_m"), [(-10, True), (0, True), (499, True), (501, False), (9_000, False)]
)
def test_an_area_is_within_a_distance_of_places_outside_it_too(north_m: float, within_500_m: bool) -> None:
    area = polygon(square(-122.5, 37.0, 0.5))
    degree_m = 111_195.08

    assert area.is_within(500, at(-122.3, 37.5 + north_m / degree_m)) is within_500_m


def test_inside_a_hole_the_distance_is_that_to_its_edge() -> None:
    area = polygon(square(0, 0, 4), square(1, 1, 2))
    middle = at(2, 2)

    assert (area.is_within(111_000, middle), area.is_within(112_000, middle)) == (False, True)


@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(10, 20_000))
def test_within_is_right_to_half_a_percent(east: float, north: float, metres: float) -> None:
    """Against the distance to the nearest of many places of the area's edge."""
    area = polygon(square(-122.5, 37.0, 0.1))
    place = at(-122.45 + east, 37.05 + north)
    along = [step / 2000 for step in range(201)]
    edge = [at(-122.5 + step, lat) for step in along for lat in (37.0, 37.1)]
    edge += [at(lng, 37 + step) for step in along for lng in (-122.5, -122.4)]
    nearest_m = 0.0 if area.holds(place) else min(distance_m(place, other) for other in edge)

    if nearest_m < metres * 0.99 - 30:
        assert area.is_within(metres, place)
    if nearest_m > metres * 1.01 + 30:
        assert not area.is_within(metres, place)
