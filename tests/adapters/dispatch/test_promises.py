"""Promises of the next trip: kept, broken, ended, and told of."""

from datetime import timedelta
from functools import partial

import pytest

from rideflow.dispatch.errors import AlreadyPromisedError
from rideflow.dispatch.frames import OfferWithdrawn, PromiseEnded
from rideflow.dispatch.model import Promise
from rideflow.supply.position import Position
from tests.adapters.dispatch.accepting import accept
from tests.adapters.dispatch.dropping_off import DROPOFF, drops_off, drops_off_soon, promised, told, waits
from tests.adapters.dispatch.places import driver_standing, off, stands
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE


@pytest.fixture(autouse=True)
def looks_ahead(zone: Zone) -> None:
    zone.strategy("joint", forward_s=120)


def test_a_promise_is_known_to_a_redis_that_was_lost_meanwhile(zone: Zone) -> None:
    driver, in_hand, _ = promised(zone)
    drops_off(zone, driver, in_hand)
    zone.street.redis.flushall()
    zone.street.passes(5)

    assert stands(zone.street, driver, DROPOFF) == "accepted"

    assert zone.street.free() == []


@pytest.mark.parametrize("end", ["late", "taken back", "offline"])
def test_a_promise_that_is_not_kept_gives_the_rider_back_to_others_at_once(zone: Zone, end: str) -> None:
    driver, in_hand, next_trip = promised(zone)
    rider, other = zone.request(next_trip)["rider_id"], zone.street.driver()
    zone.ticks.take()
    if end == "late":
        zone.street.passes(54 + 120)
        zone.here.requests.sweep()
    elif end == "taken back":
        zone.here.offer_responses.decline(driver, next_trip)
    else:
        drops_off(zone, driver, in_hand)
        zone.street.rows("update drivers set online = false where id = %s", driver)
        zone.here.offer_responses.keep_promise(driver)
        zone.here.requests.driver_left(driver)

    assert zone.offers(next_trip)[driver] == {"late": "expired", "taken back": "declined", "offline": "withdrawn"}[end]
    assert PromiseEnded.__name__ in told(zone, rider)
    assert OfferWithdrawn.__name__ in told(zone, driver)
    assert [message.zone for message, _ in zone.ticks.take()] == [ZONE]
    if end != "offline":
        drops_off(zone, driver, in_hand)
        zone.here.offer_responses.keep_promise(driver)
    stands(zone.street, other, off(DROPOFF, 300))
    zone.tick()
    assert zone.offers(next_trip)[other] == "open"
    assert accept(zone, other, next_trip) is None


class Died(BaseException):
    """The function ended after its commit."""


@pytest.mark.parametrize("end", ["late", "taken back", "offline"])
def test_the_end_of_a_promise_is_made_up_for_by_the_sweep_if_whoever_ended_it_died(
    zone: Zone, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    driver, in_hand, next_trip = promised(zone)
    rider = zone.request(next_trip)["rider_id"]
    zone.street.passes(54 + 120)
    drops_off(zone, driver, in_hand)

    def dies(*_: object, **__: object) -> int:
        raise Died

    if end == "offline":
        zone.street.rows("update drivers set online = false where id = %s", driver)
    ends = {
        "late": partial(zone.here.requests.expire, ZONE),
        "taken back": partial(zone.here.offer_responses.decline, driver, next_trip),
        "offline": partial(zone.here.requests.driver_left, driver),
    }
    with monkeypatch.context() as patched:
        patched.setattr(zone.street.told, "push", dies)
        with pytest.raises(Died):
            ends[end]()
    assert told(zone, rider) == []

    zone.here.requests.sweep()
    assert told(zone, rider) == []  # whoever ended it may be telling them just now
    zone.street.passes(31)
    for _ in range(2):
        zone.here.requests.sweep()

    assert told(zone, rider) == [PromiseEnded.__name__]
    assert told(zone, driver) == [OfferWithdrawn.__name__]


def test_a_rider_who_was_promised_another_driver_since_is_not_told_that_the_first_promise_ended(zone: Zone) -> None:
    driver, _, next_trip = promised(zone)
    rider = zone.request(next_trip)["rider_id"]
    zone.here.offer_responses.decline(driver, next_trip)
    other, _ = drops_off_soon(zone)
    zone.tick()
    assert isinstance(zone.here.offer_responses.accept(other, next_trip), Promise)
    zone.street.told.frames.clear()
    zone.street.passes(31)

    zone.here.requests.sweep()

    assert (told(zone, rider), told(zone, driver)) == ([], [])
    assert zone.offers(next_trip) == {driver: "declined", other: "promised"}


@pytest.mark.parametrize("end", ["cancelled", "no_driver_found"])
def test_a_trip_that_ends_frees_whoever_promised_it(zone: Zone, end: str) -> None:
    driver, in_hand, next_trip = promised(zone)
    if end == "cancelled":
        zone.here.trips.cancel(zone.request(next_trip)["rider_id"], next_trip, None)
        zone.here.offer_responses.keep_promise(driver)
        zone.here.requests.trip_ended(next_trip, "cancelled")
    else:
        zone.here.requests.give_up(next_trip, str(next_trip))

    drops_off(zone, driver, in_hand)
    zone.here.offer_responses.keep_promise(driver)

    assert (zone.trip(next_trip)["state"], zone.offers(next_trip)) == (end, {driver: "withdrawn"})
    assert told(zone, driver) == [OfferWithdrawn.__name__]
    assert len(zone.street.free()) == 1


def test_one_promise_a_driver_and_late_news_of_the_trip_in_hand_ends_none(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2, forward_s=120)
    driver, in_hand = drops_off_soon(zone)
    trips = []
    for metres in (200, 210):
        trips.append(waits(zone, off(DROPOFF, metres)))
        zone.tick()
    assert zone.offered(driver) == trips
    zone.here.requests.driver_assigned(in_hand, driver)
    zone.street.rows(
        "insert into match_requests (trip_id, rider_id, zone, product, pickup_lat, pickup_lng, dropoff_lat,"
        " dropoff_lng, fare_amount_minor, currency, execution, task_token, opened_at, expires_at, closed_at, outcome)"
        " select %s, rider_id, zone, product, pickup_lat, pickup_lng, dropoff_lat,"
        " dropoff_lng, fare_amount_minor, currency, execution, task_token, opened_at, expires_at, now(), 'assigned'"
        " from match_requests limit 1",
        in_hand,
    )
    zone.here.requests.driver_assigned(in_hand, driver)

    assert isinstance(zone.here.offer_responses.accept(driver, trips[0]), Promise)
    assert [zone.offers(trip)[driver] for trip in trips] == ["promised", "withdrawn"]
    zone.street.rows("update offers set state = 'open', ended_at = null where trip_id = %s", trips[1])
    with pytest.raises(AlreadyPromisedError):
        zone.here.offer_responses.accept(driver, trips[1])


def test_a_driver_who_takes_another_trip_instead_breaks_the_promise_and_its_rider_is_told(zone: Zone) -> None:
    """An offer that a tick was writing while the driver promised."""
    zone.strategy("joint", offers_per_driver=2, forward_s=120)
    driver, in_hand = drops_off_soon(zone)
    next_trip, instead = (waits(zone, off(DROPOFF, metres)) for metres in (200, 210))
    zone.tick()
    zone.tick()
    assert isinstance(zone.here.offer_responses.accept(driver, next_trip), Promise)
    zone.street.rows("update offers set state = 'open', ended_at = null where trip_id = %s", instead)
    drops_off(zone, driver, in_hand)
    zone.tick()
    zone.street.told.frames.clear()
    zone.ticks.take()

    assert accept(zone, driver, instead) is None

    assert zone.offers(next_trip)[driver] == "withdrawn"
    assert told(zone, zone.request(next_trip)["rider_id"]) == [PromiseEnded.__name__]
    assert [message.zone for message, _ in zone.ticks.take()] == [ZONE]


def test_a_repeat_of_a_promise_does_not_lengthen_it(zone: Zone) -> None:
    driver, _, next_trip = promised(zone)
    (until,) = (row["expires_at"] for row in zone.street.rows("select expires_at from offers where state = 'promised'"))
    zone.street.passes(90)  # the driver should have dropped off by now

    again = zone.here.offer_responses.accept(driver, next_trip)

    assert isinstance(again, Promise)
    assert again.until == until


def test_late_positions_of_the_trip_in_hand_are_in_its_path_if_the_promise_is_kept_at_once(zone: Zone) -> None:
    """Locations have not heard of the drop-off yet when the next trip begins."""
    driver, in_hand, _ = promised(zone)
    zone.street.passes(10)
    late = zone.street.now - timedelta(seconds=5)
    zone.here.trips.complete(driver, in_hand)

    zone.here.offer_responses.keep_promise(driver)
    zone.street.passes(4)
    stands(zone.street, driver, DROPOFF)

    known = len(zone.street.index.trails.path(ZONE, driver, in_hand))
    zone.street.sends(driver, Position(lat=off(DROPOFF, -150).lat, lng=DROPOFF.lng, recorded_at=late))
    assert len(zone.street.index.trails.path(ZONE, driver, in_hand)) == known + 1


def test_a_rider_whose_trip_was_only_offered_to_the_winner_is_told_of_no_broken_promise(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2, forward_s=120)
    driver = driver_standing(zone.street, off(DROPOFF, 250))
    taken, other = (waits(zone, off(DROPOFF, metres)) for metres in (200, 210))
    zone.tick()
    zone.tick()
    assert (zone.offers(taken), zone.offers(other)) == ({driver: "open"}, {driver: "open"})

    assert accept(zone, driver, taken) is None

    assert zone.offers(other) == {driver: "withdrawn"}
    assert told(zone, zone.request(other)["rider_id"]) == []


def test_a_driver_who_drops_off_later_than_expected_has_the_whole_time_to_keep_the_promise(zone: Zone) -> None:
    driver, _ = drops_off_soon(zone, metres=20)
    next_trip = waits(zone, off(DROPOFF, 200))
    zone.tick()
    zone.street.passes(10)

    promise = zone.here.offer_responses.accept(driver, next_trip)

    assert isinstance(promise, Promise)
    assert promise.until == zone.street.now + timedelta(seconds=120)
