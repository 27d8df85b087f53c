"""Forward dispatch: the next trip for a driver who is about to drop off."""

from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.dispatch.errors import AlreadyPromisedError
from rideflow.dispatch.frames import OfferWithdrawn, PromiseEnded, TripOffer, TripPromised
from rideflow.dispatch.messages import ExpireOffers
from rideflow.dispatch.model import Promise
from rideflow.kernel.geo import Point
from tests.adapters.dispatch.places import off, stands
from tests.adapters.dispatch.zone import Zone
from tests.adapters.locations.street import CORNER

DROPOFF = Point(lat=37.7936, lng=-122.3958)
"""Where the street's trips end."""


def about_to_drop_off(zone: Zone, metres: float = 300) -> tuple[UUID, UUID]:
    """A driver on a trip, so many metres from its end: 300 take 54 s."""
    driver = zone.street.driver()
    trip = zone.street.trip("in_progress", driver_id=driver)
    zone.street.rows("update trips set started_at = requested_at where id = %s", trip)
    zone.street.passes(1)
    assert stands(zone.street, driver, off(DROPOFF, -metres)) == "accepted"
    return driver, trip


def promised(zone: Zone) -> tuple[UUID, UUID, UUID]:
    """A driver, the trip in hand, and the one that they have promised to take next."""
    driver, in_hand = about_to_drop_off(zone)
    next_trip = zone.rider_waits(pickup=off(DROPOFF, 200))
    zone.tick()
    assert isinstance(zone.here.answers.accept(driver, next_trip), Promise)
    return driver, in_hand, next_trip


def completed(zone: Zone, driver: UUID, trip: UUID) -> None:
    """The driver drops off, and everybody hears of it."""
    from rideflow.locations.model import TripChange

    done = zone.here.trips.complete(driver, trip)
    change = TripChange(driver, trip, done.version, zone.street.now, None)
    zone.street.locations.change_trip(change)
    zone.here.answers.keep_promise(driver)


@pytest.fixture(autouse=True)
def looks_ahead(zone: Zone) -> None:
    zone.strategy("joint", forward_s=120)


def test_a_driver_about_to_drop_off_is_offered_the_next_trip_and_drives_it_afterwards(zone: Zone) -> None:
    driver, in_hand = about_to_drop_off(zone)
    next_trip = zone.rider_waits(pickup=off(DROPOFF, 200))
    rider = zone.request(next_trip)["rider_id"]
    zone.tick()
    (offer,) = [frame for frame in zone.street.told.to(driver) if isinstance(frame, TripOffer)]
    assert (offer.trip_id, offer.after_trip, offer.pickup_distance_m) == (next_trip, in_hand, pytest.approx(200, abs=2))
    assert offer.pickup_eta_s == pytest.approx((300 + 200) * 1.24 / (25 / 3.6), abs=2)

    promise = zone.here.answers.accept(driver, next_trip)

    assert isinstance(promise, Promise)
    assert promise.until == zone.street.now + timedelta(seconds=54 + 120)
    assert zone.trip(next_trip)["state"] == "matching"
    assert zone.offers(next_trip) == {driver: "promised"}
    assert (ExpireOffers(zone="sf-bay"), timedelta(seconds=54 + 120)) in zone.expiries.take()
    assert [type(frame) for frame in zone.street.told.to(rider)] == [TripPromised]

    zone.street.passes(50)
    completed(zone, driver, in_hand)

    assert (zone.trip(next_trip)["state"], zone.trip(next_trip)["driver_id"]) == ("driver_assigned", driver)
    assert zone.offers(next_trip) == {driver: "accepted"}
    assert zone.street.free() == []
    (event,) = [event for event in zone.street.bus.events if event["type"] == "DriverAssigned"]
    zone.here.requests.driver_assigned(next_trip, UUID(event["detail"]["driver_id"]))
    assert zone.saga == [(f"token-{next_trip}", "assigned")]
