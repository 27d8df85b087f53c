import pytest

from rideflow.kernel.areas import Area
from rideflow.kernel.cities import OutsideServiceAreaError, Zone, zone_at, zone_named
from rideflow.kernel.geo import Point

DENT = Zone(
    id="dent",
    city="test",
    currency="USD",
    time_zone="UTC",
    area=Area.bounded_by(((0, 0), (4, 0), (4, 4), (2, 1), (0, 4), (0, 0))),  # a square with a dent from above
)


@pytest.mark.parametrize(
    ("lng", "lat", "inside"),
    [(2, 0.5, True), (1, 1, True), (3, 1, True), (2, 3, False), (0.2, 3, True), (3.8, 3, True), (5, 1, False)],
)
def test_a_zone_holds_what_is_inside_its_ring_and_not_what_is_in_its_dent(lng: float, lat: float, inside: bool) -> None:
    assert DENT.holds(Point(lat=lat, lng=lng)) is inside


def test_san_francisco_is_served_in_dollars() -> None:
    zone = zone_at(Point(lat=37.7749, lng=-122.4194))

    assert (zone.city, zone.currency, zone.time_zone) == ("san_francisco", "USD", "America/Los_Angeles")
    assert zone_named(zone.id) is zone


@pytest.mark.parametrize(("lat", "lng"), [(0, 0), (40.7128, -74.0060), (90, 0), (-37.7749, 122.4194)])
def test_elsewhere_nobody_drives_and_the_field_is_named(lat: float, lng: float) -> None:
    with pytest.raises(OutsideServiceAreaError) as refused:
        zone_at(Point(lat=lat, lng=lng), field="dropoff")

    assert refused.value.field == "dropoff"
