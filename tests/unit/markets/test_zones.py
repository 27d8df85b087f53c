from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rideflow.kernel.geo import Point
from rideflow.markets.areas import Area
from rideflow.markets.errors import BlackoutAreaError, MarketWithdrawnError, OutsideServiceAreaError
from rideflow.markets.model import Market, Markets
from rideflow.markets.zones import ServiceAreas, Zone
from tests.market_data import DEPLOYED, SAN_FRANCISCO, only, recut

DENT = Zone(
    id="dent",
    market=SAN_FRANCISCO,
    area=Area.bounded_by(((0, 0), (4, 0), (4, 4), (2, 1), (0, 4), (0, 0))),  # a square with a dent from above
)
NORTH = DEPLOYED.zone("sf-bay")


@pytest.mark.parametrize(
    ("lng", "lat", "inside"),
    [(2, 0.5, True), (1, 1, True), (3, 1, True), (2, 3, False), (0.2, 3, True), (3.8, 3, True), (5, 1, False)],
)
def test_a_zone_holds_what_is_inside_its_ring_and_not_what_is_in_its_dent(lng: float, lat: float, inside: bool) -> None:
    assert DENT.holds(Point(lat=lat, lng=lng)) is inside


def test_san_francisco_is_served_in_dollars() -> None:
    zone = DEPLOYED.zone_at(Point(lat=37.7749, lng=-122.4194))

    market = zone.market
    assert (market.id, market.currency, market.time_zone) == ("san_francisco", "USD", "America/Los_Angeles")
    assert DEPLOYED.zone(zone.id) is zone
    assert DEPLOYED.named(market.id) is market


@pytest.mark.parametrize(("lat", "lng"), [(0, 0), (40.7128, -74.0060), (90, 0), (-37.7749, 122.4194)])
def test_elsewhere_nobody_drives_and_the_field_is_named(lat: float, lng: float) -> None:
    with pytest.raises(OutsideServiceAreaError) as refused:
        DEPLOYED.zone_at(Point(lat=lat, lng=lng), field="dropoff")

    assert refused.value.field == "dropoff"


@pytest.mark.parametrize(
    ("lng", "lat", "zone"),
    [(-122.05, 37.2001, "sf-bay"), (-122.05, 37.2, "sf-bay"), (-122.05, 37.1999, "south-bay"),
     (-121.9501, 37.3, "sf-bay"), (-121.95, 37.3, "south-bay"), (-121.89, 37.335, "south-bay")],
)  # fmt: skip
def test_each_place_of_a_border_is_of_one_zone(lng: float, lat: float, zone: str) -> None:
    assert DEPLOYED.zone_at(Point(lat=lat, lng=lng)).id == zone
    assert sum(each.holds(Point(lat=lat, lng=lng)) for each in DEPLOYED.zones) == 1


@pytest.mark.parametrize(("south_m", "radius_m", "reached"), [
    (-1_000, 900, []), (-1_000, 1_100, ["south-bay"]), (-20_000, 10_000, []), (-64_000, 10_000, []),
])  # fmt: skip
def test_a_circle_reaches_over_the_border_or_not(south_m: float, radius_m: float, reached: list[str]) -> None:
    place = Point(lat=37.20 - south_m / 111_195, lng=-122.1)

    assert [zone.id for zone in NORTH.reached(place, radius_m)] == reached


def test_zones_of_another_market_are_not_reached_though_they_are_near() -> None:
    north = recut(lambda areas: areas._replace(zones=areas.zones[:1]))
    south = recut(lambda areas: areas._replace(zones=areas.zones[1:], fifos=()), id="santa_cruz")
    markets = Markets((north, south))

    border = Point(lat=37.2001, lng=-122.1)
    assert markets.zone_ids == ("sf-bay", "south-bay")
    assert markets.zone("sf-bay").beside == ()
    assert markets.zone("sf-bay").reached(border, 5_000) == []
    assert markets.zone("south-bay").market is south


def test_a_blackout_area_refuses_the_ends_it_applies_to_with_its_reason() -> None:
    bridge = Point(lat=37.82, lng=-122.4782)
    SAN_FRANCISCO.check_no_blackout(Point(lat=37.8, lng=-122.4782), "pickup")
    with pytest.raises(BlackoutAreaError) as refused:
        SAN_FRANCISCO.check_no_blackout(bridge, "pickup")
    assert refused.value.field == "pickup"
    assert refused.value.extra["reason"] == SAN_FRANCISCO.blackouts[0].reason

    def pickups_only(areas: ServiceAreas) -> ServiceAreas:
        return areas._replace(
            blackouts=tuple(replace(each, applies_to=frozenset({"pickup"})) for each in areas.blackouts)
        )

    recut(pickups_only).check_no_blackout(bridge, "dropoff")


def test_an_airport_s_pickups_have_a_queue() -> None:
    terminal, lot = Point(lat=37.6155, lng=-122.3885), Point(lat=37.6325, lng=-122.4022)

    fifo = NORTH.fifo_of(terminal)

    assert fifo is not None
    assert (fifo.id, fifo.waiting.holds(lot), fifo.other_trips) == ("sfo", True, False)
    assert NORTH.fifo_of(lot) is DEPLOYED.zone("south-bay").fifo_of(terminal) is None


@pytest.mark.parametrize(("hour", "today"), [(6, 1), (8, 2)])
def test_what_is_good_today_is_good_as_long_as_it_is_today_in_one_of_our_markets(hour: int, today: int) -> None:
    """In Tokyo it is the second of October already, when it is the first in San Francisco up to 7 o'clock UTC."""
    abroad: Market = recut(lambda areas: areas, id="tokyo", time_zone="Asia/Tokyo")
    now = datetime(2026, 10, 2, hour, tzinfo=UTC)

    assert (abroad.today(now).day, SAN_FRANCISCO.today(now).day) == (2, today)
    assert Markets((abroad, SAN_FRANCISCO)).today_somewhere(now).day == today


def test_a_market_that_is_not_deployed_is_found_nowhere() -> None:
    markets = only(lambda areas: areas)

    with pytest.raises(MarketWithdrawnError):
        markets.named("elsewhere")
    with pytest.raises(MarketWithdrawnError):
        markets.zone("elsewhere")
