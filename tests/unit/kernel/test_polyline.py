import pytest
from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.geo import Point
from rideflow.kernel.polyline import decoded, encoded

PUBLISHED = [Point(lat=38.5, lng=-120.2), Point(lat=40.7, lng=-120.95), Point(lat=43.252, lng=-126.453)]
points = st.builds(
    lambda lat, lng: Point(lat=lat / 100_000, lng=lng / 100_000),
    st.integers(-9_000_000, 9_000_000),
    st.integers(-18_000_000, 18_000_000),
)


def test_the_example_that_google_publishes_is_written_as_it_is_there() -> None:
    assert encoded(PUBLISHED) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    assert decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@") == PUBLISHED


@given(st.lists(points, max_size=30))
def test_a_line_of_five_decimals_survives(line: list[Point]) -> None:
    assert decoded(encoded(line)) == line


@pytest.mark.parametrize("text", ["_p~iF", "_p~iF~ps|", "_p~iF~ps|U_ulL"])
def test_a_text_that_ends_within_a_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="polyline ends"):
        decoded(text)
