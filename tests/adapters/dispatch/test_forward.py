"""Forward dispatch: the next trip for a driver who is about to drop off."""

from datetime import timedelta
from uuid import uuid4

import pytest

from rideflow.dispatch.frames import OfferWithdrawn, TripOffer, TripPromised
from rideflow.dispatch.messages import ExpireOffers
from rideflow.dispatch.model import Promise
from rideflow.operations.offers import DispatchTrip
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.dropping_off import DROPOFF, drops_off, drops_off_soon, promised, told, waits
from tests.adapters.dispatch.places import BORDER, NORTH, SOUTH, driver_standing, free_in, off, stands
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE


@pytest.fixture(autouse=True)
def looks_ahead(zone: Zone) -> None:
    zone.strategy("joint", forward_s=120)


def test_a_driver_about_to_drop_off_is_offered_the_next_trip_and_drives_it_afterwards(zone: Zone) -> None:
    driver, in_hand = drops_off_soon(zone)
    next_trip = waits(zone, off(DROPOFF, 200))
    rider = zone.request(next_trip)["rider_id"]
    zone.tick()
    (offer,) = [frame for frame in zone.street.told.to(driver) if isinstance(frame, TripOffer)]
    assert (offer.trip_id, offer.after_trip) == (next_trip, in_hand)
    assert offer.pickup_distance_m == pytest.approx(200, abs=2)
    assert offer.pickup_eta_s == pytest.approx((300 + 200) * 1.24 / (25 / 3.6), abs=2)

    promise, again = (zone.here.offer_responses.accept(driver, next_trip) for _ in range(2))

    assert isinstance(promise, Promise)
    assert isinstance(again, Promise)
    assert promise.until == again.until == zone.street.now + timedelta(seconds=54 + 120)
    assert (zone.trip(next_trip)["state"], zone.offers(next_trip)) == ("matching", {driver: "promised"})
    assert zone.expiries.take()[1:] == [(ExpireOffers(zone=ZONE), timedelta(seconds=54 + 120))]
    assert told(zone, rider) == [TripPromised.__name__]

    zone.street.passes(50)
    drops_off(zone, driver, in_hand)
    for _ in range(2):
        zone.here.offer_responses.keep_promise(driver)

    assert (zone.trip(next_trip)["state"], zone.trip(next_trip)["driver_id"]) == ("driver_assigned", driver)
    assert (zone.offers(next_trip), zone.street.free()) == ({driver: "accepted"}, [])
    assert [event["type"] for event in zone.street.bus.events] == ["TripCompleted", "DriverAssigned"]
    zone.here.requests.driver_assigned(next_trip, driver)
    assert zone.saga == [(f"token-{next_trip}", "assigned")]


def test_nobody_else_is_asked_for_a_promised_trip_nor_its_driver_for_another(zone: Zone) -> None:
    driver, in_hand, next_trip = promised(zone)
    free, another = driver_standing(zone.street, off(DROPOFF, 250)), waits(zone, off(DROPOFF, 100))

    zone.tick()
    assert (zone.offered(free), zone.offered(driver)) == ([another], [])

    third = waits(zone, off(DROPOFF, 50))
    zone.street.redis.flushall()
    zone.street.passes(20)
    assert stands(zone.street, driver, off(DROPOFF, -100)) == "accepted"
    zone.tick()
    drops_off(zone, driver, in_hand)
    zone.tick()
    assert zone.offers(third) == {}

    zone.street.redis.delete(ZoneKeys(ZONE).reserved)  # what Redis forgets, PostgreSQL knows
    zone.street.passes(5)
    stands(zone.street, driver, DROPOFF)
    zone.tick()
    assert zone.offers(third) == {}
    zone.here.offer_responses.keep_promise(driver)
    assert zone.trip(next_trip)["driver_id"] == driver


def test_an_accept_after_the_drop_off_is_like_any_other(zone: Zone) -> None:
    driver, in_hand = drops_off_soon(zone)
    next_trip = waits(zone, off(DROPOFF, 200))
    zone.tick()
    drops_off(zone, driver, in_hand)
    zone.here.offer_responses.keep_promise(driver)

    assert accept(zone, driver, next_trip) is None
    assert zone.trip(next_trip)["driver_id"] == driver


def test_the_news_of_a_drop_off_that_was_lost_is_made_good_by_the_sweep(zone: Zone) -> None:
    driver, in_hand, next_trip = promised(zone)
    drops_off(zone, driver, in_hand)
    zone.street.passes(600)

    zone.here.requests.sweep()

    assert zone.trip(next_trip)["driver_id"] == driver


def test_another_driver_whom_an_operator_asks_may_be_quicker(zone: Zone) -> None:
    driver, in_hand, next_trip = promised(zone)
    other = driver_standing(zone.street, off(DROPOFF, 900))
    zone.here.manual.offer(uuid4(), next_trip, DispatchTrip(driver_id=other, reason="waits outside"), str(uuid4()))

    assert accept(zone, other, next_trip) is None
    drops_off(zone, driver, in_hand)
    zone.here.offer_responses.keep_promise(driver)
    zone.here.requests.driver_assigned(next_trip, other)

    assert zone.offers(next_trip) == {driver: "withdrawn", other: "accepted"}
    assert told(zone, driver) == [OfferWithdrawn.__name__]
    assert len(zone.street.free()) == 1


@pytest.mark.parametrize("crosses", [False, True], ids=["drops off beyond", "crosses with the promise"])
def test_a_driver_of_the_zone_beside_is_asked_ahead_too(zone: Zone, crosses: bool) -> None:
    dropoff = off(BORDER, 50 if crosses else -50)
    driver, in_hand = drops_off_soon(zone, 300, dropoff)
    next_trip = waits(zone, off(BORDER, 200))
    zone.tick()
    (offer,) = zone.street.rows("select zone, driver_zone, driver_id, after_trip_id from offers")
    assert offer == {"zone": NORTH, "driver_zone": SOUTH, "driver_id": driver, "after_trip_id": in_hand}

    assert isinstance(zone.here.offer_responses.accept(driver, next_trip), Promise)
    zone.street.passes(50)
    assert stands(zone.street, driver, dropoff) == "accepted"
    drops_off(zone, driver, in_hand)
    another = waits(zone, off(BORDER, 100))
    zone.tick()
    assert zone.offers(another) == {}
    zone.here.offer_responses.keep_promise(driver)
    zone.here.requests.driver_assigned(next_trip, driver)

    assert (zone.trip(next_trip)["driver_id"], zone.offers(next_trip)) == (driver, {driver: "accepted"})
    assert [free_in(zone.street, each) for each in (NORTH, SOUTH)] == [0, 0]


def test_a_zone_that_does_not_look_ahead_asks_nobody_beside_it_ahead(zone: Zone) -> None:
    zone.strategy("joint", forward_s=0)
    driver, _ = drops_off_soon(zone, 300, off(BORDER, -50))
    waits(zone, off(BORDER, 200))

    zone.tick()

    assert zone.offered(driver) == []


@pytest.mark.parametrize(
    ("metres", "forward_s"), [(300, 0), (300, 30), (1_100, 180)], ids=["off", "not so soon", "too far for any zone"]
)
def test_a_driver_who_drops_off_later_than_the_zone_looks_ahead_is_not_asked(
    zone: Zone, metres: float, forward_s: int
) -> None:
    zone.strategy("joint", forward_s=forward_s)
    driver, _ = drops_off_soon(zone, metres)
    waits(zone, off(DROPOFF, 200))

    zone.tick()

    assert zone.offered(driver) == []
