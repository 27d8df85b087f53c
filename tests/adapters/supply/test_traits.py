"""What the index says of drivers' traits by itself, before a policy looks at them: the search tells no others."""

from datetime import timedelta
from uuid import UUID

from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import NO_REQUIREMENTS, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import DriverQuery, WaitingRide
from rideflow.supply.position import Position
from tests.adapters.supply.street import CORNER, ZONE, Street

KEYS = ZoneKeys(ZONE)
CLASSES = ServingClasses(("economy",), ("comfort", "xl"))
RAMP = RideRequirements(wheelchair_accessible=True)
DROPOFF = Point(lat=37.7936, lng=-122.3958)
"""Where the street's trips end."""


def wish(street: Street, driver: UUID, *, takes_upgrades: bool = True, accessible: bool = False) -> UUID:
    """What the index is told of the driver, each time with a newer version."""
    entry = street.redis.hget(KEYS.traits, str(driver))
    version = Traits.of_entry(entry.decode()).version + 1  # type: ignore[union-attr]
    traits = Traits(version, wheelchair_accessible=accessible, takes_upgrades=takes_upgrades)
    street.index.availability.put_traits(ZONE, driver, traits)
    return driver


def found(street: Street, requirements: RideRequirements = NO_REQUIREMENTS) -> set[UUID]:
    ride = WaitingRide(CORNER, 5_000, CLASSES, requirements)
    around = street.index.search.around(ZONE, DriverQuery([ride], 12, street.now))
    return {driver.driver_id for driver in around.free}


def test_the_search_tells_upgrades_that_are_wished_with_their_wish(street: Street) -> None:
    own, willing = street.driver_at(10), wish(street, street.driver_at(20, vehicle_class="comfort"))
    street.driver_at(30, vehicle_class="comfort")
    wish(street, street.driver_at(40, vehicle_class="xl"), takes_upgrades=False)

    assert found(street) == {own, willing}
    ride = WaitingRide(CORNER, 5_000, CLASSES)
    told = street.index.search.around(ZONE, DriverQuery([ride], 12, street.now)).free
    assert {(driver.vehicle_class, driver.traits.takes_upgrades) for driver in told} == {
        ("economy", False),
        ("comfort", True),
    }


def test_an_upgrade_that_takes_a_wheelchair_is_told_and_no_other(street: Street) -> None:
    both = wish(street, street.driver_at(20, vehicle_class="xl"), accessible=True)
    wish(street, street.driver_at(30, vehicle_class="xl"))
    wish(street, street.driver_at(40, vehicle_class="xl"), takes_upgrades=False, accessible=True)

    assert found(street, RAMP) == {both}


def test_a_driver_in_the_set_whose_entry_says_otherwise_is_not_told(street: Street) -> None:
    driver = street.driver_at(20, vehicle_class="comfort")
    street.redis.sadd(KEYS.upgrades, str(driver))
    wheels = wish(street, street.driver_at(30, vehicle_class="comfort"))
    street.redis.sadd(KEYS.accessible, str(wheels))

    assert found(street) == {wheels}
    assert found(street, RAMP) == set()


def test_the_sets_follow_the_newest_wish_and_forget_who_goes(street: Street) -> None:
    driver = wish(street, street.driver_at(20, vehicle_class="comfort"), accessible=True)
    assert street.redis.smembers(KEYS.upgrades) == {str(driver).encode()}

    wish(street, driver, takes_upgrades=False, accessible=True)
    assert street.redis.smembers(KEYS.upgrades) == set()
    assert street.redis.smembers(KEYS.accessible) == {str(driver).encode()}

    wish(street, driver, accessible=True)
    street.index.availability.forget(ZONE, driver)
    assert (street.redis.smembers(KEYS.upgrades), street.redis.smembers(KEYS.accessible)) == (set(), set())


def test_who_drops_off_soon_is_told_as_an_upgrade_only_by_their_wish(street: Street) -> None:
    drivers = [street.driver(vehicle_class="comfort") for _ in range(2)]
    for driver in drivers:
        street.trip("in_progress", driver_id=driver)
        near = Position(lat=DROPOFF.lat - 0.001, lng=DROPOFF.lng, recorded_at=street.now)
        assert street.sends(driver, near).verdicts == ("accepted",)
    willing = wish(street, drivers[0])
    wish(street, drivers[1], takes_upgrades=False)
    query = DriverQuery([WaitingRide(DROPOFF, 5_000, CLASSES)], 12, street.now, timedelta(minutes=3))

    around = street.index.search.around(ZONE, query)

    assert ([driver.driver_id for driver in around.finishing], around.free) == ([willing], [])


def test_a_queue_tells_the_own_class_and_upgrades_that_are_wished(street: Street) -> None:
    (fifo,) = street.markets.zone(ZONE).fifos
    lot = Point(lat=37.6325, lng=-122.4022)
    own, unwilling, willing = (street.driver(vehicle_class=each) for each in ("economy", "comfort", "xl"))
    for driver in (own, unwilling, willing):
        place = Position(lat=lot.lat, lng=lot.lng, recorded_at=street.now)
        assert street.sends(driver, place).verdicts == ("accepted",)
    wish(street, willing)
    rides = [WaitingRide(Point(lat=37.6155, lng=-122.3885), 2_000, CLASSES)] * 3

    in_line = street.index.queues.first_in_line(fifo, rides, street.now)

    assert {driver.driver_id: driver.vehicle_class for driver in in_line} == {own: "economy", willing: "xl"}
