from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rideflow.kernel import cities
from rideflow.kernel.areas import Area
from rideflow.kernel.cities import (
    BlackoutAreaError,
    OutsideServiceAreaError,
    ServiceAreas,
    Zone,
    check_no_blackout,
    fifo_of,
    zone_at,
    zone_named,
    zones,
    zones_reached,
)
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


@pytest.mark.parametrize(
    ("lng", "lat", "zone"),
    [(-122.05, 37.2001, "sf-bay"), (-122.05, 37.2, "sf-bay"), (-122.05, 37.1999, "south-bay"),
     (-121.9501, 37.3, "sf-bay"), (-121.95, 37.3, "south-bay"), (-121.89, 37.335, "south-bay")],
)  # fmt: skip
def test_each_place_of_a_border_is_of_one_zone(lng: float, lat: float, zone: str) -> None:
    assert zone_at(Point(lat=lat, lng=lng)).id == zone
    assert sum(each.holds(Point(lat=lat, lng=lng)) for each in zones()) == 1


@pytest.mark.parametrize(("south_m", "radius_m", "reached"), [
    (-1_000, 900, []), (-1_000, 1_100, ["south-bay"]), (-20_000, 10_000, []), (-64_000, 10_000, []),
])  # fmt: skip
def test_a_circle_reaches_over_the_border_or_not(south_m: float, radius_m: float, reached: list[str]) -> None:
    place = Point(lat=37.20 - south_m / 111_195, lng=-122.1)

    assert zones_reached("sf-bay", place, radius_m) == reached


def test_zones_of_another_city_are_not_reached_though_they_are_near(monkeypatch: pytest.MonkeyPatch) -> None:
    areas = cities.service_areas()
    north, south = areas.zones
    monkeypatch.setattr(
        cities, "service_areas", lambda: replace(areas, zones=(north, replace(south, city="santa_cruz")))
    )

    assert zones_reached("sf-bay", Point(lat=37.2001, lng=-122.1), 5_000) == []
    assert zones_reached("gone", Point(lat=37.2001, lng=-122.1), 5_000) == []


def test_a_blackout_area_refuses_the_ends_it_applies_to_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    areas, bridge = cities.service_areas(), Point(lat=37.82, lng=-122.4782)
    check_no_blackout(Point(lat=37.8, lng=-122.4782), "pickup")
    with pytest.raises(BlackoutAreaError) as refused:
        check_no_blackout(bridge, "pickup")
    assert refused.value.field == "pickup"
    assert refused.value.extra["reason"] == areas.blackouts[0].reason

    pickups_only = tuple(replace(each, applies_to=frozenset({"pickup"})) for each in areas.blackouts)
    monkeypatch.setattr(cities, "service_areas", lambda: replace(areas, blackouts=pickups_only))
    check_no_blackout(bridge, "dropoff")


def test_an_airport_s_pickups_have_a_queue() -> None:
    terminal, lot = Point(lat=37.6155, lng=-122.3885), Point(lat=37.6325, lng=-122.4022)

    fifo = fifo_of("sf-bay", terminal)

    assert fifo is not None
    assert (fifo.id, fifo.waiting.holds(lot), fifo.other_trips) == ("sfo", True, False)
    assert fifo_of("sf-bay", lot) is fifo_of("south-bay", terminal) is None


@pytest.mark.parametrize(("hour", "today"), [(6, 1), (8, 2)])
def test_what_is_good_today_is_good_as_long_as_it_is_today_in_one_of_our_cities(
    monkeypatch: pytest.MonkeyPatch, hour: int, today: int
) -> None:
    """In Tokyo it is the second of October already, when it is the first in San Francisco up to 7 o'clock UTC."""
    here = cities.zones()[0]
    abroad = replace(here, id="tokyo", city="tokyo", time_zone="Asia/Tokyo")
    monkeypatch.setattr(cities, "service_areas", lambda: ServiceAreas((abroad, here), (), ()))
    now = datetime(2026, 10, 2, hour, tzinfo=UTC)

    assert (cities.today_in("tokyo", now).day, cities.today_in(here.id, now).day) == (2, today)
    assert cities.today_somewhere(now).day == today
