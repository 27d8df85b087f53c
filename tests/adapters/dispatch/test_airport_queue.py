"""An airport's queue: drivers are asked in the order in which they came to the waiting area."""

from dataclasses import replace
from uuid import UUID

import pytest

from rideflow.kernel.geo import Point
from rideflow.markets.zones import ServiceAreas
from rideflow.supply.errors import NotInQueueError
from rideflow.supply.keys import ZoneKeys, queues
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.places import LOT, NORTH, TERMINAL, driver_standing, free_in, off, stands, tick
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import Street
from tests.market_data import only

JUST_OUTSIDE = off(LOT, 290)
"""The lot ends 222 m north of its middle."""
FAR_OUTSIDE = off(LOT, 400)


def queue_of(zone: Zone, *drivers: UUID) -> list[tuple[int, int] | None]:
    """Place and length as each driver's app is shown them."""

    def place(driver: UUID) -> tuple[int, int] | None:
        try:
            found = zone.street.queues.place_of(driver)
        except NotInQueueError:
            return None
        return found.position, found.length

    return [place(driver) for driver in drivers]


def drivers_come(street: Street, *places: Point) -> list[UUID]:
    """One after the other."""
    drivers = []
    for place in places:
        drivers.append(driver_standing(street, place))
        street.passes(1)
    return drivers


def reports(street: Street, place: Point, *drivers: UUID) -> None:
    for driver in drivers:
        stands(street, driver, place)


def test_the_head_of_the_queue_is_offered_the_trip_and_not_the_nearest(zone: Zone) -> None:
    first, nearer = drivers_come(zone.street, off(LOT, 200), off(LOT, -200))
    on_the_road = driver_standing(zone.street, off(TERMINAL, 700))
    trip = zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {first: "open"}
    (offer,) = zone.street.told.to(first)
    assert offer.pickup_distance_m == pytest.approx(2_400, abs=100)
    assert (zone.offered(nearer), zone.offered(on_the_road)) == ([], [])


def test_several_riders_get_the_first_of_the_queue_the_longest_waiting_rider_the_first(zone: Zone) -> None:
    drivers = drivers_come(zone.street, LOT, LOT, LOT)
    trips = []
    for _ in range(2):
        trips.append(zone.rider_waits(pickup=TERMINAL))
        zone.street.passes(1)

    tick(zone.here, NORTH)

    assert [zone.offered(driver) for driver in drivers] == [[trips[0]], [trips[1]], []]


def test_each_class_of_vehicle_has_its_own_order(zone: Zone) -> None:
    zone.street.passes(1)
    economy = driver_standing(zone.street, LOT)
    large = driver_standing(zone.street, LOT, vehicle_class="xl")
    trip = zone.rider_waits(pickup=TERMINAL, product="xl")

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {large: "open"}
    assert queue_of(zone, economy, large) == [(1, 1), (1, 1)]


def test_who_declines_goes_to_the_end_and_the_next_one_is_asked(zone: Zone) -> None:
    first, second, third = drivers_come(zone.street, LOT, LOT, LOT)
    trip = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)

    zone.here.offer_responses.decline(first, trip)
    tick(zone.here, NORTH)

    assert zone.offers(trip) == {first: "declined", second: "open"}
    assert queue_of(zone, second, third, first) == [(1, 3), (2, 3), (3, 3)]
    other = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)
    assert zone.offers(other) == {third: "open"}


def test_who_declines_in_the_same_millisecond_goes_to_the_end_after_who_declined_before(zone: Zone) -> None:
    """Whatever the order of their ids is, by which Redis would sort those of one place."""
    *two, last = drivers_come(zone.street, LOT, LOT, LOT)
    trips = [zone.rider_waits(pickup=TERMINAL) for _ in two]
    tick(zone.here, NORTH)
    offered = {driver: trip for trip in trips for driver in zone.offers(trip)}

    for driver in sorted(two, reverse=True):
        zone.here.offer_responses.decline(driver, offered[driver])

    low, high = sorted(two)
    assert queue_of(zone, last, high, low) == [(1, 3), (2, 3), (3, 3)]


def test_who_lets_the_offer_expire_goes_to_the_end_and_is_not_asked_before(zone: Zone) -> None:
    first, second = drivers_come(zone.street, LOT, LOT)
    trip = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)
    zone.street.passes(16)
    reports(zone.street, LOT, first, second)
    other = zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)  # before the message of the offer's end
    assert zone.offers(other) == {}
    assert zone.offers(trip)[second] == "open"
    zone.here.requests.expire(NORTH)
    tick(zone.here, NORTH)

    assert zone.offers(trip)[first] == "expired"
    assert zone.offers(other) == {first: "open"}
    assert queue_of(zone, second, first) == [(1, 2), (2, 2)]


def test_an_offer_taken_back_costs_no_place(zone: Zone) -> None:
    first, second = drivers_come(zone.street, LOT, LOT)
    trip = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)

    zone.here.requests.trip_ended(trip, "cancelled")

    assert queue_of(zone, first, second) == [(1, 2), (2, 2)]
    other = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)
    assert zone.offers(other) == {first: "open"}


def test_a_place_is_kept_over_a_small_excursion_and_lost_by_leaving(zone: Zone) -> None:
    first, second = drivers_come(zone.street, off(LOT, 200), LOT)

    zone.street.passes(10)
    reports(zone.street, JUST_OUTSIDE, first)
    assert queue_of(zone, first, second) == [(1, 2), (2, 2)]

    zone.street.passes(10)
    reports(zone.street, FAR_OUTSIDE, first)
    reports(zone.street, LOT, second)
    assert queue_of(zone, first, second) == [None, (1, 1)]
    assert free_in(zone.street, NORTH, LOT) == 1

    zone.street.passes(10)
    reports(zone.street, LOT, first)
    assert queue_of(zone, first, second) == [(2, 2), (1, 2)]
    assert free_in(zone.street, NORTH, LOT) == 0


def test_who_only_comes_near_does_not_queue(zone: Zone) -> None:
    driver = driver_standing(zone.street, JUST_OUTSIDE)

    assert queue_of(zone, driver) == [None]
    assert free_in(zone.street, NORTH, LOT) == 1


def test_going_offline_and_getting_a_trip_leave_the_queue(zone: Zone) -> None:
    offline, busy, last = drivers_come(zone.street, LOT, LOT, LOT)
    zone.street.availability.went_offline(offline, 2)
    trip = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)

    assert accept(zone, busy, trip) is None

    assert queue_of(zone, offline, busy, last) == [None, None, (1, 1)]
    other = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)
    assert zone.offers(other) == {last: "open"}
    zone.street.passes(4)
    reports(zone.street, off(LOT, 5), busy)
    members = [zone.street.redis.zrange(key, 0, -1) for key in queues(zone.street.markets.zone(NORTH), ["sfo"])]
    assert members == [[str(last).encode()], [], []]


def test_the_news_of_a_trip_takes_its_driver_out_of_the_queue_before_the_next_position(zone: Zone) -> None:
    (driver,) = drivers_come(zone.street, LOT)
    trip = zone.street.trip("driver_assigned", driver_id=driver)
    change = zone.street.records.trip_in_hand(driver, trip)
    assert change is not None

    zone.street.availability.trip_changed(change)

    assert zone.street.redis.zcard(ZoneKeys(NORTH).queue("sfo", "economy")) == 0


def test_a_silent_driver_keeps_the_place_but_is_passed_over(zone: Zone) -> None:
    silent, other = drivers_come(zone.street, LOT, LOT)
    zone.street.passes(35)
    reports(zone.street, LOT, other)
    trip = zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {other: "open"}
    assert queue_of(zone, other) == [(1, 1)]
    reports(zone.street, LOT, silent)
    assert queue_of(zone, silent, other) == [(1, 2), (2, 2)]


def test_queued_drivers_are_not_offered_other_trips(zone: Zone) -> None:
    (queued,) = drivers_come(zone.street, LOT)
    trip = zone.rider_waits(pickup=LOT)

    tick(zone.here, NORTH)
    assert zone.offers(trip) == {}
    assert free_in(zone.street, NORTH, LOT) == 0

    wanted = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)
    zone.here.offer_responses.decline(queued, wanted)
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {}


def test_a_queue_whose_drivers_may_take_other_trips_is_data(zone: Zone) -> None:
    def shared(areas: ServiceAreas) -> ServiceAreas:
        return areas._replace(fifos=tuple(replace(fifo, other_trips=True) for fifo in areas.fifos))

    zone.is_deployed_with(only(shared))
    first, second = drivers_come(zone.street, LOT, LOT)
    beside, at_the_terminal = zone.rider_waits(pickup=LOT), zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)

    assert (zone.offers(at_the_terminal), zone.offers(beside)) == ({first: "open"}, {second: "open"})
    zone.here.offer_responses.decline(second, beside)
    assert queue_of(zone, first, second) == [(1, 2), (2, 2)]


def test_a_queue_that_a_deploy_took_away_leaves_its_drivers_free(zone: Zone) -> None:
    (driver,) = drivers_come(zone.street, LOT)
    zone.is_deployed_with(only(lambda areas: areas._replace(fifos=())))

    zone.street.passes(4)
    reports(zone.street, off(LOT, 5), driver)

    assert free_in(zone.street, NORTH, LOT) == 1
    trip = zone.rider_waits(pickup=LOT)
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {driver: "open"}
    zone.here.offer_responses.decline(driver, trip)
    assert free_in(zone.street, NORTH, LOT) == 1


def test_with_nobody_in_the_queue_the_drivers_around_are_asked(zone: Zone) -> None:
    around = driver_standing(zone.street, off(TERMINAL, 700))
    trip = zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {around: "open"}


def test_once_all_of_the_queue_were_asked_the_drivers_around_are(zone: Zone) -> None:
    (queued,) = drivers_come(zone.street, LOT)
    trip = zone.rider_waits(pickup=TERMINAL)
    tick(zone.here, NORTH)
    zone.here.offer_responses.decline(queued, trip)
    around = driver_standing(zone.street, off(TERMINAL, 700))

    tick(zone.here, NORTH)

    assert zone.offers(trip) == {queued: "declined", around: "open"}


def test_a_zone_that_broadcasts_asks_its_queue_one_by_one(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=3)
    first, second = drivers_come(zone.street, LOT, LOT)
    trip = zone.rider_waits(pickup=TERMINAL)

    tick(zone.here, NORTH)
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {first: "open"}

    zone.here.offer_responses.decline(first, trip)
    tick(zone.here, NORTH)
    assert zone.offers(trip) == {first: "declined", second: "open"}


def test_places_are_those_of_coming_also_when_several_come_within_a_millisecond(zone: Zone) -> None:
    drivers = [driver_standing(zone.street, LOT) for _ in range(5)]

    assert queue_of(zone, *drivers) == [(place, 5) for place in range(1, 6)]


def test_after_redis_was_lost_the_next_positions_make_the_queue_anew(zone: Zone) -> None:
    first, second = drivers_come(zone.street, LOT, LOT)
    zone.street.redis.flushall()
    zone.street.passes(4)

    reports(zone.street, LOT, second, first)

    assert queue_of(zone, second, first) == [(1, 2), (2, 2)]
