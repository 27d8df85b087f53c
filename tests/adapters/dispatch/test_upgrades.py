"""Which vehicles may serve a product, on real stores: the product's own classes, and upgrades as drivers wish."""

from pathlib import Path
from uuid import UUID

import pytest

from rideflow.kernel.errors import DomainError
from rideflow.kernel.ride_requirements import Needs
from rideflow.markets.loading import markets_in
from tests.adapters.dispatch.places import LOT, NORTH, TERMINAL, driver_standing, off, stands, tick
from tests.adapters.dispatch.zone import Zone
from tests.adapters.operations.test_manual_dispatch import send
from tests.adapters.supply.street import CORNER
from tests.market_data import SAN_FRANCISCO, market_folder

WHEELCHAIR = Needs(wheelchair_accessible=True)


def wishes(zone: Zone, driver: UUID) -> UUID:
    """The driver takes upgrades from now on."""
    zone.street.rows("update drivers set takes_upgrades = true, version = version + 1 where id = %s", driver)
    zone.street.availability.traits_changed(driver)
    return driver


def upgrader_at(zone: Zone, north_m: float, **more: object) -> UUID:
    return wishes(zone, zone.street.driver_at(north_m, vehicle_class="comfort", **more))


@pytest.mark.parametrize("strategy", ["joint", "broadcast"])
def test_a_comfort_car_is_asked_to_take_an_economy_ride_only_if_its_driver_wishes(zone: Zone, strategy: str) -> None:
    zone.strategy(strategy)
    zone.street.driver_at(50, vehicle_class="comfort")
    willing = upgrader_at(zone, 300)
    zone.street.driver_at(900)

    trip = zone.rider_waits()
    zone.tick()

    assert zone.offers(trip) == {willing: "open"}
    assert [frame.product for frame in zone.street.told.to(willing)] == ["economy"]


def test_a_product_without_upgrades_is_served_by_its_own_class_alone(zone: Zone) -> None:
    upgrader_at(zone, 100)
    trip = zone.rider_waits(product="xl")

    zone.tick()

    assert zone.offers(trip) == {}


def test_a_wish_that_is_over_counts_no_more(zone: Zone) -> None:
    driver = upgrader_at(zone, 100)
    zone.street.rows("update drivers set takes_upgrades = false, version = version + 1 where id = %s", driver)
    zone.street.availability.traits_changed(driver)
    trip = zone.rider_waits()

    zone.tick()

    assert zone.offers(trip) == {}


def test_the_wish_is_known_in_each_zone_the_driver_comes_to(zone: Zone) -> None:
    driver = upgrader_at(zone, 100)
    zone.street.availability.went_offline(driver, 3)
    zone.street.rows("update drivers set version = 4 where id = %s", driver)
    assert zone.street.at(driver, 100) == "accepted"
    trip = zone.rider_waits()

    zone.tick()

    assert zone.offers(trip) == {driver: "open"}


def test_an_upgrade_meets_what_the_ride_needs(zone: Zone) -> None:
    upgrader_at(zone, 100)
    zone.street.driver_at(200, vehicle_class="comfort", accessible=True)
    both = upgrader_at(zone, 900, accessible=True)
    trip = zone.rider_waits(needs=WHEELCHAIR)

    zone.tick()

    assert zone.offers(trip) == {both: "open"}


def test_a_queue_asks_its_own_class_first_and_then_who_takes_upgrades(zone: Zone) -> None:
    unwilling, willing = (driver_standing(zone.street, LOT, vehicle_class="comfort") for _ in range(2))
    wishes(zone, willing)
    stands(zone.street, unwilling, LOT)
    own = driver_standing(zone.street, LOT)
    first, second = (zone.rider_waits(pickup=TERMINAL) for _ in range(2))

    tick(zone.here, NORTH)

    assert (zone.offers(first), zone.offers(second)) == ({own: "open"}, {willing: "open"})


def test_an_operator_may_send_an_upgrade_whatever_its_driver_wishes_and_no_other_class(zone: Zone) -> None:
    comfort = zone.street.driver_at(100, vehicle_class="comfort")
    economy = zone.street.driver_at(200)
    trip, large = zone.rider_waits(), zone.rider_waits(product="comfort")

    assert send(zone.here, trip, comfort).driver_id == comfort
    with pytest.raises(DomainError) as refused:
        send(zone.here, large, economy)
    assert refused.value.code == "vehicle_unsuitable"


def test_the_map_of_a_product_shows_the_cars_it_is_made_for(zone: Zone) -> None:
    zone.street.driver_at(100)
    upgrader_at(zone, 200)

    def shown(product: str | None) -> list[str]:
        return [driver.vehicle_class for driver, _ in zone.street.nearby.around(CORNER, 2_000, product, 10)]

    assert (shown(None), shown("economy"), shown("comfort"), shown("xl")) == (
        ["economy", "comfort"],
        ["economy"],
        ["comfort"],
        [],
    )
    with pytest.raises(DomainError) as refused:
        shown("yacht")
    assert (refused.value.code, refused.value.field) == ("unknown_product", "product")


def test_two_classes_serve_one_product_and_its_requests_are_demand_for_both(zone: Zone, tmp_path: Path) -> None:
    offered = {id_: product.model_dump() for id_, product in SAN_FRANCISCO.products.items()}
    offered["economy"]["served_by"] = ["economy", "comfort"]
    offered["economy"]["upgrades"] = []
    folder = market_folder(tmp_path, "san_francisco", products={"products": offered})
    zone.is_deployed_with(markets_in(folder.parent))
    economy = zone.street.driver_at(300)
    comfort = zone.street.driver_at(100, vehicle_class="comfort")
    area = zone.street.markets.zone(NORTH)
    for _ in range(40):
        zone.rider_waits(pickup=off(CORNER, 5_000))

    cost = zone.here.demand.opportunity_cost(area, zone.street.now)
    trips = [zone.rider_waits() for _ in range(2)]
    zone.tick()

    there = off(CORNER, 5_000)
    assert cost.at("economy", there.lat, there.lng) == cost.at("comfort", there.lat, there.lng) > 0
    assert cost.at("xl", there.lat, there.lng) == 0
    assert sorted(driver for trip in trips for driver in zone.offers(trip)) == sorted([economy, comfort])


def test_a_product_that_is_offered_no_more_waits_for_nobody_and_its_zone_goes_on(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    gone, trip = zone.rider_waits(), zone.rider_waits()
    zone.street.rows("update match_requests set product = 'gone' where trip_id = %s", gone)

    zone.tick()

    assert (zone.offers(gone), zone.offers(trip)) == ({}, {driver: "open"})
