"""Drivers who are about to drop off, and the trips that they promise to take next."""

from uuid import UUID

from rideflow.dispatch.model import Promise
from rideflow.kernel.geo import Point
from rideflow.supply.model import TripChange
from tests.adapters.dispatch.places import off, stands
from tests.adapters.dispatch.zone import Zone

DROPOFF = Point(lat=37.7936, lng=-122.3958)


"""Where the street's trips end."""


def drops_off_soon(zone: Zone, metres: float = 300, dropoff: Point = DROPOFF) -> tuple[UUID, UUID]:
    """A driver on a trip, so many metres from its end: 300 take 54 s."""
    driver = zone.street.driver()
    trip = zone.street.trip("in_progress", driver_id=driver)
    zone.street.rows(
        "update trips set started_at = requested_at, dropoff_lat = %s, dropoff_lng = %s where id = %s",
        *(dropoff.lat, dropoff.lng, trip),
    )
    zone.street.passes(1)
    assert stands(zone.street, driver, off(dropoff, -metres)) == "accepted"
    return driver, trip


def waits(zone: Zone, pickup: Point) -> UUID:
    """A short trip that waits for a driver."""
    trip = zone.rider_waits(pickup=pickup)
    zone.street.rows("update trips set quoted_duration_s = 400 where id = %s", trip)
    return trip


def promised(zone: Zone) -> tuple[UUID, UUID, UUID]:
    """A driver, the trip in hand, and the one that they have promised to take next."""
    driver, in_hand = drops_off_soon(zone)
    next_trip = waits(zone, off(DROPOFF, 200))
    zone.tick()
    assert isinstance(zone.here.offer_responses.accept(driver, next_trip), Promise)
    zone.street.told.frames.clear()
    return driver, in_hand, next_trip


def drops_off(zone: Zone, driver: UUID, trip: UUID) -> None:
    """As far as locations have heard."""
    done = zone.here.trips.complete(driver, trip)
    zone.street.availability.trip_changed(TripChange(driver, trip, done.version, zone.street.now, None))


def told(zone: Zone, person: UUID) -> list[str]:
    return [type(frame).__name__ for frame in zone.street.told.to(person)]
