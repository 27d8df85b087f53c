"""What a ride needs of its driver holds on every way to one, on real stores."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from rideflow.kernel.errors import DomainError
from rideflow.kernel.ride_requirements import Needs, RideRequirements, Traits
from rideflow.kernel.vehicles import ServingClasses
from rideflow.matching.search import SearchRadius
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import DriverQuery, WaitingRide, milliseconds
from tests.adapters.dispatch.places import (
    BORDER,
    LOT,
    NORTH,
    TERMINAL,
    driver_standing,
    off,
    rider_waits_in,
    tick,
)
from tests.adapters.dispatch.zone import PATIENCE, Zone
from tests.adapters.operations.test_manual_dispatch import send
from tests.adapters.supply.street import CORNER
from tests.market_data import SAN_FRANCISCO

WHEELCHAIR = Needs(wheelchair_accessible=True)
FOUR_STARS = Needs(min_driver_rating=4.0)
GOOD, BAD = (5, 4, 4, 4, 4), (3, 3, 3, 4, 4)


@pytest.mark.parametrize("strategy", ["joint", "broadcast"])
def test_twenty_nearer_cars_do_not_hide_the_one_that_takes_a_wheelchair(zone: Zone, strategy: str) -> None:
    zone.strategy(strategy, offers_per_trip=3)
    for number in range(20):
        zone.street.driver_at(100 + number)
    suitable = zone.street.driver_at(1_500, accessible=True)
    trip, plain = zone.rider_waits(needs=WHEELCHAIR), zone.rider_waits()

    zone.tick()

    assert zone.offers(trip) == {suitable: "open"}
    assert suitable not in zone.offers(plain)
    assert [frame.wheelchair for frame in zone.street.told.to(suitable)] == [True]


def test_a_rating_is_asked_of_drivers_who_have_been_rated_often_enough(zone: Zone) -> None:
    zone.street.driver_at(100, stars=BAD)
    good, new = zone.street.driver_at(900, stars=GOOD), zone.street.driver_at(1_200, stars=BAD[:4])
    trips = [zone.rider_waits(needs=FOUR_STARS) for _ in range(3)]

    zone.tick()

    assert sorted(driver for trip in trips for driver in zone.offers(trip)) == sorted([good, new])


def test_what_one_driver_in_hundreds_meets_is_found_though_all_others_are_nearer(zone: Zone) -> None:
    redis, keys, now_ms = zone.street.redis, ZoneKeys(NORTH), milliseconds(zone.street.now)
    best, heading = (zone.street.driver_at(1_500 + number) for number in range(2))
    heads_for(zone, heading, -8_000)
    with redis.pipeline() as pipeline:  # type: ignore[no-untyped-call]
        for number in range(1_000):
            driver = str(UUID(int=number))
            pipeline.geoadd(keys.free("economy"), (CORNER.lng, CORNER.lat + number / 1e6, driver))
            pipeline.zadd(keys.seen, {driver: now_ms})
            pipeline.hset(keys.traits, driver, Traits(rating=4.9).entry())
        pipeline.execute()
    radius_m = SearchRadius.of(SAN_FRANCISCO).at(0)
    waiting = WaitingRide(CORNER, radius_m, ServingClasses(("economy",)), RideRequirements(min_driver_rating=5.0))

    found = zone.here.index.search.around(NORTH, DriverQuery([waiting] * 2, 12, zone.street.now)).free

    assert {driver.driver_id for driver in found} == {best, heading}
    assert zone.street.position(1_500).lat == pytest.approx(found[0].lat, abs=1e-5)


def test_needs_hold_over_the_border(zone: Zone) -> None:
    driver_standing(zone.street, off(BORDER, -300))
    suitable = driver_standing(zone.street, off(BORDER, -900), accessible=True)
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200), needs=WHEELCHAIR)

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {suitable: "open"}


def test_a_queue_is_asked_in_its_order_for_what_each_rider_needs(zone: Zone) -> None:
    queued: list[UUID] = []
    for accessible in (False, False, True):
        queued.append(driver_standing(zone.street, LOT, accessible=accessible))
        zone.street.passes(1)
    wheelchair = zone.rider_waits(pickup=TERMINAL, needs=WHEELCHAIR)
    plain = zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)

    assert zone.offers(plain) == {queued[0]: "open"}
    assert zone.offers(wheelchair) == {queued[2]: "open"}


def test_an_operator_is_told_what_the_ride_needs(zone: Zone) -> None:
    driver, rated = zone.street.driver_at(100), zone.street.driver_at(200, accessible=True, stars=BAD)
    trip = zone.rider_waits(needs=Needs(wheelchair_accessible=True, min_driver_rating=4.0))

    with pytest.raises(DomainError) as without:
        send(zone.here, trip, driver)
    with pytest.raises(DomainError) as disliked:
        send(zone.here, trip, rated)

    assert (without.value.code, without.value.field) == ("vehicle_unsuitable", "driver_id")
    assert without.value.extra == {"unmet": "wheelchair_accessible"}
    assert (disliked.value.code, disliked.value.extra) == ("driver_unsuitable", {"unmet": "min_driver_rating"})


def test_news_of_a_driver_changes_what_they_are_offered_and_old_news_changes_nothing(zone: Zone) -> None:
    street = zone.street
    driver = street.driver_at(100)
    trip = zone.rider_waits(needs=FOUR_STARS)
    stale = street.records.admission(driver)
    street.rows("update drivers set version = 2, rating_sum = 15, rating_count = 5")

    street.availability.traits_changed(driver)
    assert stale is not None
    street.index.availability.put_traits(NORTH, driver, stale.traits)
    zone.tick()
    assert zone.offers(trip) == {}

    street.rows("update drivers set version = 3, rating_sum = 20")
    street.availability.traits_changed(driver)
    zone.tick()
    assert zone.offers(trip) == {driver: "open"}


def test_a_driver_is_not_offered_what_is_paid_by_a_card_they_do_not_take(zone: Zone) -> None:
    street = zone.street
    choosy, other = street.driver(), street.driver_at(900)
    street.rows("update drivers set accepted_payments = '{credit,debit}' where id = %s", choosy)
    street.at(choosy, 100)
    prepaid = street.trip("matching")
    street.rows("insert into payment_methods (provider, method_ref, funding) values ('stripe', 'pm_1', 'prepaid')")
    street.rows(
        "insert into payment_orders (id, trip_id, kind, payer_kind, payer_id, rider_id, state, amount_minor, currency,"
        " provider, customer_ref, method_ref, terms, created_at, updated_at)"
        " select id, id, 'fare', 'rider', rider_id, rider_id, 'held', 100, 'USD', 'stripe', 'cus_1', 'pm_1', '{}',"
        " now(), now() from trips"
    )
    zone.here.requests.open(prepaid, "execution", "token", PATIENCE)
    plain = zone.rider_waits()

    zone.tick()

    assert (zone.offers(prepaid), zone.offers(plain)) == ({other: "open"}, {choosy: "open"})
    with pytest.raises(DomainError) as refused:
        send(zone.here, prepaid, choosy)
    assert refused.value.extra == {"unmet": "payment"}


def test_a_card_of_no_known_kind_is_taken_by_everybody(zone: Zone) -> None:
    street = zone.street
    choosy = street.driver()
    street.rows("update drivers set accepted_payments = '{credit,debit,prepaid}' where id = %s", choosy)
    street.at(choosy, 100)
    trip = street.trip("matching")
    street.rows("insert into payment_methods (provider, method_ref, funding) values ('stripe', 'pm_1', 'unknown')")
    street.rows(
        "insert into payment_orders (id, trip_id, kind, payer_kind, payer_id, rider_id, state, amount_minor, currency,"
        " provider, customer_ref, method_ref, terms, created_at, updated_at)"
        " select id, id, 'fare', 'rider', rider_id, rider_id, 'held', 100, 'USD', 'stripe', 'cus_1', 'pm_1', '{}',"
        " now(), now() from trips"
    )
    zone.here.requests.open(trip, "execution", "token", PATIENCE)

    zone.tick()

    assert zone.offers(trip) == {choosy: "open"}


def heads_for(zone: Zone, driver: UUID, north_m: float) -> None:
    zone.street.rows(
        "update drivers set destination_lat = %s, destination_lng = %s, destination_until = %s, version = version + 1"
        " where id = %s",
        off(CORNER, north_m).lat,
        CORNER.lng,
        zone.street.now + timedelta(hours=1),
        driver,
    )
    zone.street.availability.traits_changed(driver)


def test_who_is_heading_home_is_offered_what_leads_there_and_hides_nobody(zone: Zone) -> None:
    street = zone.street
    homewards = [street.driver_at(100 + number) for number in range(3)]
    for driver in homewards:
        heads_for(zone, driver, -8_000)
    other = street.driver_at(900)
    away = zone.rider_waits()

    zone.tick()
    assert zone.offers(away) == {other: "open"}

    heads_for(zone, homewards[2], 4_500)
    leads_there = zone.rider_waits(pickup=off(CORNER, 200))
    zone.tick()
    assert zone.offers(leads_there) == {homewards[2]: "open"}


def test_who_is_where_they_were_heading_is_told_of_unless_on_a_trip(zone: Zone) -> None:
    street = zone.street
    there, driving, under_way = (street.driver_at(0) for _ in range(3))
    heads_for(zone, there, 400)
    heads_for(zone, driving, 400)
    heads_for(zone, under_way, 600)
    trip = street.trip("driver_assigned", driver_id=driving)
    change = street.records.trip_in_hand(driving, trip)
    assert change is not None
    street.availability.trip_changed(change)

    street.heartbeats.sweep()

    (event,) = street.bus.events
    assert (event["type"], event["detail"]["driver_id"]) == ("DriverReachedDestination", str(there))
    assert datetime.fromisoformat(event["detail"]["until"]) == street.now + timedelta(hours=1)
    street.availability.went_offline(there, 3)
    street.bus.events.clear()
    street.heartbeats.sweep()
    assert street.bus.events == []
