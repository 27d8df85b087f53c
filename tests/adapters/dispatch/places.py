"""Real places of the service areas: the border between two zones, and an airport."""

from typing import Any
from uuid import UUID

from rideflow.dispatch.messages import Tick
from rideflow.kernel.geo import Point
from rideflow.supply.keys import ZoneKeys, free_of_every_class
from rideflow.supply.position import Position, Verdict
from tests.adapters.dispatch.zone import PATIENCE, Environment, Zone
from tests.adapters.supply.street import DEGREE_M, Street

NORTH, SOUTH = "sf-bay", "south-bay"
BORDER = Point(lat=37.20, lng=-122.05)
"""The border's own places are of the zone in the north."""

LOT = Point(lat=37.6325, lng=-122.4022)
TERMINAL = Point(lat=37.6155, lng=-122.3885)


def off(place: Point, north_m: float) -> Point:
    return Point(lat=place.lat + north_m / DEGREE_M, lng=place.lng)


def stands(street: Street, driver: UUID, place: Point) -> Verdict:
    """The driver's phone sends that it is there."""
    position = Position(lat=place.lat, lng=place.lng, recorded_at=street.now)
    (verdict,) = street.tracking.record(driver, [position]).verdicts
    return verdict


def driver_standing(street: Street, place: Point, **more: Any) -> UUID:
    driver = street.driver(**more)
    assert stands(street, driver, place) == "accepted"
    return driver


def rider_waits_in(zone: Zone, zone_id: str, pickup: Point, **more: Any) -> UUID:
    """A trip of that zone which waits for a driver."""
    trip = zone.street.trip("matching", pickup=pickup, **more)
    zone.street.rows("update trips set zone = %s where id = %s", zone_id, trip)
    zone.here.requests.open(trip, str(trip), f"token-{trip}", PATIENCE)
    return trip


def tick(environment: Environment, zone_id: str) -> None:
    environment.matcher.run(Tick(zone=zone_id))


def free_in(street: Street, zone_id: str, place: Point = BORDER) -> int:
    """How many drivers the zone's index holds as free around the place."""
    classes = street.markets.vehicle_classes
    return len(street.index.search.nearby(zone_id, place, 10_000, classes=classes, limit=50, now=street.now))


def break_keys(zone: Zone, zone_id: str) -> None:
    """The zone's part of Redis answers every script with an error."""
    keys = ZoneKeys(zone_id)
    for key in (keys.seen, keys.idle, *free_of_every_class(zone.street.markets.zone(zone_id))):
        zone.street.redis.delete(key)
        zone.street.redis.set(key, "broken")


def restore_keys(zone: Zone, zone_id: str) -> None:
    keys = ZoneKeys(zone_id)
    for key in (keys.seen, keys.idle, *free_of_every_class(zone.street.markets.zone(zone_id))):
        zone.street.redis.delete(key)
