from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.frames import TripOffer
from rideflow.dispatch.messages import ExpireOffers, Tick
from rideflow.dispatch.store import PostgresOffers
from rideflow.kernel.geo import Point
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import milliseconds
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import CORNER, DEGREE_M, ZONE


def north(metres: float) -> Point:
    return Point(lat=CORNER.lat + metres / DEGREE_M, lng=CORNER.lng)


def test_the_nearest_free_driver_of_the_class_is_offered_the_trip_for_fifteen_seconds(zone: Zone) -> None:
    far, near = zone.street.driver_at(900), zone.street.driver_at(400)
    zone.street.driver_at(100, vehicle_class="xl")
    trip = zone.rider_waits()

    zone.tick()

    (offer,) = zone.street.told.to(near)
    assert isinstance(offer, TripOffer)
    assert (offer.trip_id, offer.fare.amount_minor, offer.pickup) == (trip, 1840, CORNER)
    assert offer.pickup_distance_m == pytest.approx(400, abs=2)
    assert offer.pickup_eta_s == pytest.approx(400 * 1.24 / (25 / 3.6), abs=1)
    assert offer.expires_at == zone.street.now + timedelta(seconds=15)
    assert zone.offered(far) == []
    assert zone.expiries.take() == [(ExpireOffers(zone=ZONE), timedelta(seconds=15))]


def test_requests_are_matched_together_not_one_after_the_other(zone: Zone) -> None:
    """The first rider's nearest driver is the only one near the second."""
    between, beyond = zone.street.driver_at(500), zone.street.driver_at(-700)
    first = zone.rider_waits(pickup=north(0))
    second = zone.rider_waits(pickup=north(1_000))

    zone.tick()

    assert zone.offered(between) == [second]
    assert zone.offered(beyond) == [first]


def test_the_circle_grows_with_the_waiting(zone: Zone) -> None:
    driver = zone.street.driver_at(4_000)
    zone.rider_waits()
    zone.tick()
    assert zone.offered(driver) == []

    zone.street.passes(4)
    zone.tick()

    assert len(zone.offered(driver)) == 1


def test_a_poor_match_is_held_while_other_drivers_are_on_trips(zone: Zone) -> None:
    """With eight on trips, a pickup of 839 s is held until the rider has waited 7 s."""
    driving = [zone.street.driver_at(0) for _ in range(8)]
    for _ in driving:
        zone.rider_waits()
    zone.tick()
    for driver in driving:
        accept(zone, driver, *zone.offered(driver))
    free = zone.street.driver_at(4_700)
    trip = zone.rider_waits()

    zone.street.passes(5)
    zone.reports(*driving, free)
    zone.tick()
    assert zone.offered(free) == []

    zone.street.passes(10)
    zone.reports(*driving, free)
    zone.tick()
    assert zone.offered(free) == [trip]


def test_a_driver_with_an_offer_is_not_free(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    first = zone.rider_waits()
    zone.tick()
    zone.rider_waits()
    zone.street.passes(4)
    zone.reports(driver)
    zone.tick()

    assert zone.offered(driver) == [first]
    assert zone.street.free() == []


def test_a_silent_driver_is_not_offered_anything(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    zone.rider_waits()
    zone.street.passes(31)

    zone.tick()

    assert zone.offered(driver) == []


def test_a_rider_who_drives_too_is_not_offered_the_own_trip(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    zone.rider_waits(rider=driver)

    zone.tick()

    assert zone.offered(driver) == []


def test_who_let_the_offer_expire_is_not_asked_again_and_the_next_one_is(zone: Zone) -> None:
    near, far = zone.street.driver_at(100), zone.street.driver_at(800)
    trip = zone.rider_waits()
    zone.tick()
    zone.street.passes(15)
    zone.reports(near, far)

    zone.expire()
    zone.tick()

    assert zone.offers(trip) == {near: "expired", far: "open"}
    assert zone.offered(near) == zone.offered(far) == [trip]
    other = zone.rider_waits()
    zone.tick()
    assert zone.offered(near) == [trip, other]


def test_an_offer_whose_end_was_lost_does_not_keep_its_driver_nor_its_trip(zone: Zone) -> None:
    near, far = zone.street.driver_at(100), zone.street.driver_at(800)
    trip = zone.rider_waits()
    zone.tick()
    zone.street.passes(16)
    zone.reports(near, far)
    other = zone.rider_waits()

    zone.tick()

    assert zone.offers(trip) == {near: "expired", far: "open"}
    assert zone.offers(other) == {near: "open"}


def test_a_tick_that_leaves_riders_unasked_schedules_the_next_soon(zone: Zone) -> None:
    zone.rider_waits()
    ((first, at_once),) = zone.ticks.take()
    assert at_once == timedelta(0)

    zone.here.matcher.run(first)

    ((_, delay),) = zone.ticks.take()
    assert delay == timedelta(seconds=1)


def test_a_tick_after_which_everybody_is_asked_looks_again_when_the_first_offer_has_ended(zone: Zone) -> None:
    zone.street.driver_at(100)
    zone.rider_waits()
    ((first, _),) = zone.ticks.take()

    zone.here.matcher.run(first)

    ((_, delay),) = zone.ticks.take()
    assert delay == timedelta(seconds=16)


def test_nobody_waiting_ends_the_chain_of_ticks(zone: Zone) -> None:
    zone.tick()

    assert zone.ticks.take() == []


def test_however_many_messages_come_one_chain_goes_on(zone: Zone) -> None:
    zone.rider_waits()
    ((first, _),) = zone.ticks.take()
    zone.here.matcher.run(first)
    zone.here.matcher.run(first)
    zone.here.matcher.run(first)
    ((second, _),) = zone.ticks.take()

    zone.here.matcher.run(Tick(zone=ZONE, schedule_id="later:lost-and-found"))
    assert zone.ticks.take() == []
    zone.here.matcher.run(second)

    assert len(zone.ticks.take()) == 1


def test_many_requests_at_once_ask_for_one_tick_and_one_asked_for_now_precedes_a_later_one(zone: Zone) -> None:
    for _ in range(5):
        zone.rider_waits()
    ((first, _),) = zone.ticks.take()
    zone.here.matcher.run(first)
    ((later, _),) = zone.ticks.take()

    zone.rider_waits()

    ((now, delay),) = zone.ticks.take()
    assert delay == timedelta(0)
    zone.here.matcher.run(now)
    zone.ticks.take()
    zone.here.matcher.run(later)
    assert zone.ticks.take() == []


def test_a_rider_who_comes_after_the_reading_gets_a_tick_of_their_own(zone: Zone) -> None:
    drivers = [zone.street.driver_at(metres) for metres in (100, 200)]
    matcher = zone.here.matcher
    late: list[UUID] = []

    class RiderComesAfterTheReading:
        def waiting(self, zone_id: str, now: datetime) -> Any:
            found = matcher.offers.waiting(zone_id, now)
            late.append(zone.rider_waits())
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(matcher.offers, name)

    first = zone.rider_waits()
    ((tick, _),) = zone.ticks.take()
    replace(matcher, offers=cast("PostgresOffers", RiderComesAfterTheReading())).run(tick)

    (now,) = [message for message, delay in zone.ticks.take() if delay == timedelta(0)]
    matcher.run(now)
    assert {trip for driver in drivers for trip in zone.offered(driver)} == {first, *late}


def test_one_matcher_at_a_time_works_in_a_zone_and_the_other_comes_back(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    trip = zone.rider_waits()
    zone.ticks.take()
    zone.street.redis.delete(ZoneKeys(ZONE).tick_due)
    zone.street.redis.set(ZoneKeys(ZONE).tick_lock, "12345")

    zone.tick()

    assert zone.offered(driver) == []
    ((again, delay),) = zone.ticks.take()
    assert delay == timedelta(seconds=1)
    zone.street.redis.delete(ZoneKeys(ZONE).tick_lock)
    zone.here.matcher.run(again)
    assert zone.offered(driver) == [trip]


def test_broadcast_asks_the_nearest_at_once_and_no_more_than_the_zone_wants(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=3)
    drivers = [zone.street.driver_at(metres) for metres in (100, 200, 300, 400)]
    trip = zone.rider_waits()

    zone.tick()
    zone.tick()

    assert [zone.offered(driver) for driver in drivers] == [[trip], [trip], [trip], []]


def test_a_zone_may_let_drivers_hold_several_offers(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver = zone.street.driver_at(100)
    trips = [zone.rider_waits() for _ in range(3)]

    for _ in range(3):
        zone.tick()

    assert len(zone.offered(driver)) == 2
    assert set(zone.offered(driver)) < set(trips)


def test_a_driver_with_as_many_offers_as_they_may_hold_is_reserved_until_the_first_ends(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver = zone.street.driver_at(100)
    for _ in range(2):
        zone.rider_waits()
    zone.tick()
    first_end = zone.street.now + timedelta(seconds=15)
    zone.street.passes(5)
    zone.reports(driver)

    zone.tick()

    assert len(zone.offered(driver)) == 2
    assert zone.street.redis.zscore(ZoneKeys(ZONE).reserved, str(driver)) == milliseconds(first_end)


def test_redis_lost_entirely_costs_one_tick(zone: Zone) -> None:
    """Requests are PostgreSQL's; drivers are back with their next position."""
    driver = zone.street.driver_at(100)
    trip = zone.rider_waits()
    zone.street.redis.flushall()
    zone.tick()
    assert zone.offered(driver) == []

    zone.street.passes(4)
    zone.reports(driver)
    ((again, _), *_) = zone.ticks.take()[-1:]
    zone.here.matcher.run(again)

    assert zone.offered(driver) == [trip]


def test_a_driver_who_is_on_a_trip_that_redis_does_not_know_of_is_not_asked(zone: Zone) -> None:
    driver = zone.street.driver_at(100)
    zone.street.trip("driver_assigned", driver_id=driver)
    trip = zone.rider_waits()

    zone.tick()

    assert zone.offers(trip) == {}


def test_who_is_free_for_redis_alone_keeps_no_other_driver_from_being_asked_at_once(zone: Zone) -> None:
    """A failover lost that the nearest has a trip, and that the next one has an offer to answer."""
    drives, asked, free = (zone.street.driver_at(metres) for metres in (10, 100, 300))
    other = zone.rider_waits(pickup=north(100))
    zone.tick()
    assert zone.offers(other) == {asked: "open"}
    zone.street.trip("driver_assigned", driver_id=drives)
    zone.street.redis.delete(ZoneKeys(ZONE).reserved)
    zone.reports(drives, asked, free)
    trip = zone.rider_waits()

    zone.tick()

    assert zone.offers(trip) == {free: "open"}
    assert zone.street.rows("select count(*) as count from offers where state = 'open'") == [{"count": 2}]


def test_a_trip_that_was_cancelled_without_the_news_having_come_is_offered_to_nobody(zone: Zone) -> None:
    zone.street.driver_at(100)
    trip = zone.rider_waits()
    zone.street.rows("update trips set state = 'cancelled', ended_at = now() where id = %s", trip)

    zone.tick()

    assert zone.offers(trip) == {}


def test_a_rider_whose_patience_is_over_is_not_matched(zone: Zone) -> None:
    trip = zone.rider_waits()
    zone.street.passes(300)
    zone.street.driver_at(100)

    zone.tick()

    assert zone.offers(trip) == {}


def test_a_request_that_opens_twice_waits_no_longer(zone: Zone) -> None:
    trip = zone.rider_waits()
    opened = zone.request(trip)
    zone.street.passes(60)

    zone.here.requests.open(trip, str(trip), "another-token", timedelta(minutes=5))

    assert zone.request(trip) == {**opened, "task_token": "another-token"}
    assert zone.saga == [(f"token-{trip}", "superseded")]


def test_a_trip_that_is_over_when_its_request_opens_answers_the_saga(zone: Zone) -> None:
    for trip in (zone.street.trip("requested"), uuid4()):
        zone.here.requests.open(trip, str(trip), f"token-{trip}", timedelta(minutes=5))

        assert zone.saga.pop() == (f"token-{trip}", "ended")
