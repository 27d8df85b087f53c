"""What dispatch's statements and scripts prevent: each test fails when its guard is taken away."""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.errors import DriverHasOfferError
from rideflow.dispatch.frames import OfferWithdrawn
from rideflow.dispatch.messages import Tick
from rideflow.dispatch.model import Assignment, Promise, Strategy
from rideflow.dispatch.ticks import NEXT_TICK_IN
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.ids import uuid7
from rideflow.matching.world import Proposal
from rideflow.operations.offers import DispatchTrip
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import PlacedDriver, TripChange
from tests.adapters.dispatch.accepting import accept, offered_one
from tests.adapters.dispatch.dropping_off import DROPOFF, drops_off, drops_off_soon, promised, waits
from tests.adapters.dispatch.places import off
from tests.adapters.dispatch.zone import PATIENCE, Zone
from tests.adapters.supply.street import ZONE


def late_offer(zone: Zone, trip: UUID, driver: UUID) -> None:
    """An offer by a tick that had read who waits before somebody accepted, and wrote it afterwards."""
    zone.street.rows(
        "insert into offers (trip_id, driver_id, zone, slot, state, offered_at, expires_at, pickup_distance_m,"
        " pickup_eta_s) values (%s, %s, 'sf-bay', 3, 'open', %s, %s, 100, 60)",
        *(trip, driver, zone.street.now, zone.street.now + timedelta(seconds=15)),
    )


def forget_tick(zone: Zone) -> None:
    zone.ticks.take()
    zone.street.redis.delete(ZoneKeys(ZONE).tick_due)


def test_a_promise_ends_with_the_rider_s_patience_at_the_latest(zone: Zone) -> None:
    zone.strategy("joint", forward_s=120)
    trip = waits(zone, off(DROPOFF, 200))
    zone.street.passes(PATIENCE.total_seconds() - 60)
    driver, _ = drops_off_soon(zone)
    zone.tick()

    promise = zone.here.offer_responses.accept(driver, trip)

    assert isinstance(promise, Promise)
    assert promise.until == zone.request(trip)["expires_at"]


def test_the_news_of_an_assignment_withdraws_late_offers_of_the_trip(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)
    late = zone.street.driver_at(200)
    late_offer(zone, trip, late)

    zone.here.requests.driver_assigned(trip, driver)

    assert zone.offers(trip) == {driver: "accepted", late: "withdrawn"}
    assert [type(frame) for frame in zone.street.told.to(late)] == [OfferWithdrawn]


def test_the_news_of_an_assignment_withdraws_late_offers_to_its_driver(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    accept(zone, driver, trip)
    another = zone.rider_waits()
    late_offer(zone, another, driver)
    forget_tick(zone)

    zone.here.requests.driver_assigned(trip, driver)

    assert zone.offers(another) == {driver: "withdrawn"}
    assert [tick.zone for tick, _ in zone.ticks.take()] == [ZONE]


def test_the_longest_waiting_come_first(zone: Zone) -> None:
    trips = []
    for _ in range(3):
        trips.append(zone.rider_waits())
        zone.street.passes(1)

    _, requests = zone.here.offers.waiting(ZONE, zone.street.now)

    assert [request.trip_id for request in requests] == trips


def test_a_driver_who_is_on_a_trip_is_not_free_when_an_offer_of_theirs_ends(zone: Zone) -> None:
    driver = zone.street.driver()
    zone.street.trip("driver_assigned", driver_id=driver)
    assert zone.street.at(driver, 100) == "accepted"

    zone.here.reservations.release([PlacedDriver(driver, ZONE)], zone.street.now)

    assert zone.street.free() == []


def test_a_driver_who_went_silent_is_not_free_when_an_offer_of_theirs_ends(zone: Zone) -> None:
    driver, _ = offered_one(zone)
    zone.street.passes(31)

    zone.here.reservations.release([PlacedDriver(driver, ZONE)], zone.street.now)

    assert zone.street.redis.zscore(ZoneKeys(ZONE).free("economy"), str(driver)) is None


def test_a_driver_whose_offer_ends_is_free_again(zone: Zone) -> None:
    driver, _ = offered_one(zone)
    assert zone.street.free() == []

    zone.here.reservations.release([PlacedDriver(driver, ZONE)], zone.street.now)

    assert zone.street.free() == [100]


def test_a_tick_asks_no_more_drivers_for_a_trip_than_its_zone_wants(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=2)
    for metres in (100, 200, 300, 400):
        zone.street.driver_at(metres)
    trip = zone.rider_waits()

    zone.tick()
    zone.tick()

    assert len(zone.offers(trip)) == 2


def test_a_rider_s_patience_is_what_the_saga_says(zone: Zone) -> None:
    trip = zone.street.trip("matching")

    zone.here.requests.open(trip, "first", "token", timedelta(seconds=90))

    assert zone.request(trip)["expires_at"] == zone.street.now + timedelta(seconds=90)


def test_a_saga_that_asks_twice_waits_no_longer_and_one_that_begins_anew_does(zone: Zone) -> None:
    trip = zone.street.trip("matching")
    zone.here.requests.open(trip, "first", "token", timedelta(seconds=90))
    until = zone.request(trip)["expires_at"]
    zone.street.passes(30)

    zone.here.requests.open(trip, "first", "another token", timedelta(seconds=90))

    assert (zone.request(trip)["expires_at"], zone.request(trip)["task_token"]) == (until, "another token")
    assert zone.saga == [("token", "superseded")]


def test_a_trip_that_is_not_matching_waits_for_nobody(zone: Zone) -> None:
    trip = zone.street.trip("requested")

    zone.here.requests.open(trip, "first", "token", PATIENCE)

    assert zone.street.rows("select 1 from match_requests where trip_id = %s", trip) == []
    assert zone.saga == [("token", "ended")]


def test_only_what_is_overdue_is_given_up(zone: Zone) -> None:
    trip = zone.rider_waits()
    zone.street.passes(PATIENCE.total_seconds() + 29)
    assert zone.here.requests.sweep() == 0
    assert zone.trip(trip)["state"] == "matching"

    zone.street.passes(2)

    assert zone.here.requests.sweep() == 1
    assert zone.trip(trip)["state"] == "no_driver_found"


def test_an_execution_that_gives_up_does_not_end_the_wait_of_another(zone: Zone) -> None:
    trip = zone.street.trip("matching")
    zone.here.requests.open(trip, "first", "token-1", PATIENCE)
    zone.here.requests.open(trip, "second", "token-2", PATIENCE)

    assert zone.here.requests.give_up(trip, "first") == "ended"

    assert zone.request(trip)["closed_at"] is None
    assert zone.trip(trip)["state"] == "matching"
    assert zone.here.requests.give_up(trip, "second") == "no_driver_found"


def test_nobody_is_offered_a_trip_of_their_own(zone: Zone) -> None:
    rider = zone.street.driver_at(100)
    trip = zone.rider_waits(rider=rider)

    zone.tick()

    assert zone.offers(trip) == {}
    assert zone.here.offers.waiting(ZONE, zone.street.now)[1][0].rider_id == rider


def test_an_unknown_driver_s_reservation_is_given_back_without_harm(zone: Zone) -> None:
    zone.here.reservations.release([PlacedDriver(uuid4(), ZONE)], zone.street.now)

    assert zone.street.free() == []


# Proposals that a matcher chose by what it had read, and that are wrong by the time they are written.


def proposes(zone: Zone, *proposals: Proposal[UUID, UUID], **strategy: int) -> list[UUID]:
    """The drivers who are asked."""
    wanted = Strategy(offers_per_driver=2, offers_per_trip=strategy.get("offers_per_trip", 1))
    made = zone.here.offers.make(ZONE, 2**51, proposals, wanted, zone.street.now, lives=timedelta(seconds=15))
    return [offer.driver_id for offer in made]


def test_a_rider_is_not_asked_to_drive_themselves(zone: Zone) -> None:
    rider, other = zone.street.driver_at(100), zone.street.driver_at(200)
    trip = zone.rider_waits(rider=rider)

    assert proposes(zone, Proposal(trip, rider, 100, 30)) == []
    assert proposes(zone, Proposal(trip, other, 200, 60)) == [other]


def test_no_more_drivers_are_asked_for_a_trip_than_wanted_be_they_proposed_at_once_or_in_turn(zone: Zone) -> None:
    drivers = [zone.street.driver_at(metres) for metres in (100, 200, 300)]
    trip = zone.rider_waits()
    proposals = [Proposal(trip, driver, 100, 30) for driver in drivers]

    assert set(proposes(zone, *proposals, offers_per_trip=2)) == set(drivers[:2])
    assert proposes(zone, *proposals, offers_per_trip=2) == []


@pytest.mark.parametrize(
    ("state", "free_in_s", "is_asked"),
    [
        ("in_progress", 54, True),
        ("in_progress", None, False),
        ("driver_assigned", 54, False),
        ("driver_arrived", 54, False),
        ("in_progress", PATIENCE.total_seconds() - 1, True),
        ("in_progress", PATIENCE.total_seconds() + 1, False),
    ],
)
def test_a_driver_is_asked_ahead_on_a_ride_that_ends_within_the_rider_s_patience(
    zone: Zone, state: str, free_in_s: float | None, is_asked: bool
) -> None:
    driver = zone.street.driver()
    zone.street.trip(state, driver_id=driver)
    trip = zone.rider_waits()

    asked = proposes(zone, Proposal(trip, driver, 100, 30, free_in_s=free_in_s))

    assert asked == ([driver] if is_asked else [])


def test_an_operator_s_choice_needs_room_for_another_offer(zone: Zone) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver, chosen = zone.street.driver_at(100), zone.rider_waits()
    others = [zone.rider_waits(), zone.rider_waits()]
    for trip in others:
        assert proposes(zone, Proposal(trip, driver, 100, 30)) == [driver]

    with pytest.raises(DriverHasOfferError):
        zone.here.manual.offer(uuid4(), chosen, DispatchTrip(driver_id=driver, reason="VIP"), str(uuid4()))
    zone.here.offer_responses.decline(driver, others[0])
    zone.here.manual.offer(uuid4(), chosen, DispatchTrip(driver_id=driver, reason="VIP"), str(uuid4()))
    assert zone.offers(chosen) == {driver: "open"}


def test_a_kept_promise_begins_after_the_trip_before_it_whatever_the_clock_says(zone: Zone) -> None:
    zone.strategy("joint", forward_s=120)
    driver, _, next_trip = promised(zone)
    zone.street.rows("update trips set state = 'completed' where driver_id = %s and state = 'in_progress'", driver)
    completed_at = zone.street.now + timedelta(seconds=5)  # by the clock of another environment

    zone.here.offer_responses.keep_promise(driver, completed_at)

    assert zone.trip(next_trip)["assigned_at"] > completed_at


def test_drivers_whose_offers_fall_away_with_the_news_of_an_assignment_are_free_again(zone: Zone) -> None:
    zone.strategy("broadcast", offers_per_trip=2)
    winner, loser = zone.street.driver_at(100), zone.street.driver_at(200)
    trip = zone.rider_waits()
    zone.tick()
    assert zone.here.offers.accept(trip, winner, uuid7(), zone.street.now)  # and who accepted dies after the commit
    assert zone.street.free() == []

    zone.here.requests.driver_assigned(trip, winner)

    assert zone.street.free() == [200]
    assert zone.offers(trip)[loser] == "withdrawn"


def test_a_driver_whose_offer_has_expired_is_free_again(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    zone.street.passes(16)
    assert zone.street.free() == []

    zone.here.requests.expire(ZONE)

    assert zone.offers(trip) == {driver: "expired"}
    assert zone.street.free() == [100]


def test_an_offer_that_ends_does_not_begin_a_driver_s_wait_anew(zone: Zone) -> None:
    """Fairness counts since when a driver is without a trip."""
    driver, _ = offered_one(zone)
    idle_since = zone.street.redis.zscore(ZoneKeys(ZONE).idle, str(driver))
    zone.street.passes(16)

    zone.here.requests.expire(ZONE)

    assert zone.street.free() == [100]
    assert zone.street.redis.zscore(ZoneKeys(ZONE).idle, str(driver)) == idle_since


def test_a_driver_who_drops_off_with_an_offer_in_hand_is_not_free(zone: Zone) -> None:
    zone.strategy("joint", forward_s=120)
    driver, trip = drops_off_soon(zone)
    waits(zone, off(DROPOFF, 200))
    zone.tick()

    drops_off(zone, driver, trip)

    assert zone.street.free() == []


def test_an_accept_that_redis_hears_of_late_leaves_what_came_after_it(zone: Zone) -> None:
    driver, trip = offered_one(zone)
    won = zone.here.offers.accept(trip, driver, uuid7(), zone.street.now)
    assert isinstance(won, Assignment)
    over = TripChange(driver, trip, won.version + 1, zone.street.now, None)  # the rider cancelled at once
    zone.street.index.trips.change(ZONE, over, zone.street.now)

    zone.here.reservations.assign(ZONE, won.trip_change, [], zone.street.now)

    assert not zone.street.redis.hexists(ZoneKeys(ZONE).driver(driver), "trip_id")


@pytest.mark.parametrize("end", ["trip_ended", "give_up"])
def test_a_repeat_of_an_end_releases_whom_the_first_could_not(
    zone: Zone, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The news of the trip's end is the repeat of giving it up, and comes again itself if it fails."""
    driver, trip = offered_one(zone)
    ends = partial(getattr(zone.here.requests, end), trip, "cancelled" if end == "trip_ended" else None)

    def refuses(*_: object) -> None:
        raise UnavailableError("Not now.")

    raised: AbstractContextManager[object] = pytest.raises(UnavailableError) if end == "trip_ended" else nullcontext()
    with monkeypatch.context() as redis, raised:
        redis.setattr(type(zone.here.index.reservations), "release", refuses)
        ends()
    assert (zone.offers(trip), zone.street.free()) == ({driver: "withdrawn"}, [])
    zone.here.requests.trip_ended(trip, "cancelled" if end == "trip_ended" else "no_driver_found")

    assert zone.street.free() == [100]


# Ticks.


def test_a_tick_that_a_store_refuses_is_run_again(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    zone.rider_waits()
    zone.ticks.take()

    def refuses(*_: object) -> None:
        raise UnavailableError("Not now.")

    monkeypatch.setattr(type(zone.here.offers), "waiting", refuses)
    zone.tick()

    assert [message for message, _ in zone.ticks.take()] == [Tick(zone=ZONE, attempt=1)]


def test_the_next_tick_comes_when_the_first_of_the_offers_has_ended(zone: Zone) -> None:
    first, _ = offered_one(zone)
    zone.street.passes(5)
    zone.street.at(first, 100)
    zone.street.driver_at(200)
    zone.rider_waits()
    forget_tick(zone)

    zone.tick()

    ((_, delay),) = zone.ticks.take()
    assert delay == timedelta(seconds=15 - 5) + NEXT_TICK_IN
