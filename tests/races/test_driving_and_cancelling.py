"""Riders and drivers with two simultaneous acts on one trip."""

import pytest

from rideflow.dispatch.errors import TripEndedError
from rideflow.dispatch.messages import Tick
from rideflow.trips.errors import TripConflictError, TripNotFoundError
from rideflow.trips.model import Trip
from rideflow.trips.views import TripView
from tests.adapters.supply.street import ZONE
from tests.races.arena import Arena
from tests.races.processes import act

pytestmark = pytest.mark.race


def test_a_rider_cancels_while_the_money_is_held_and_the_wait_begins(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        rider = arena.rider()
        trip = arena.trips.get(arena.request_trip(rider, arena.quote(rider)).id)

        _, cancelled = arena.at_once(act("match", trip.id), act("trips.cancel", rider, trip.id, None, within_s=0.06))

        assert cancelled.state == arena.now(trip).state == "cancelled"
        arena.round_ends(trip)
    arena.raced()


def test_a_driver_cancels_while_the_rider_cancels(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.assigned()

        by_driver, by_rider = arena.at_once(
            act("trips.cancel", driver, trip.id, None), act("trips.cancel", trip.rider_id, trip.id, None)
        )

        assert isinstance(by_driver, Trip | TripConflictError | TripNotFoundError)
        assert by_rider.state == arena.now(trip).state == "cancelled"
        arena.round_ends(trip)
    arena.raced()


def test_a_late_cancellation_while_the_driver_cancels_costs_the_fee_once_or_nothing(
    arena: Arena, rounds: range
) -> None:
    for _ in rounds:
        driver, trip = arena.arrived()
        arena.street.passes(180)

        arena.at_once(
            act("trips.cancel", driver, trip.id, None),
            act("trips.cancel", trip.rider_id, trip.id, None),
            act("trips.cancel", trip.rider_id, trip.id, None),
        )

        assert arena.now(trip).state == "cancelled"
        arena.round_ends(trip)
    arena.raced()


def test_a_start_while_the_rider_cancels_is_one_of_the_two(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.arrived()

        started, cancelled = arena.at_once(
            act("trips.start", driver, trip.id, trip.pin), act("trips.cancel", trip.rider_id, trip.id, None)
        )

        assert isinstance(started, Trip) != isinstance(cancelled, Trip)
        assert arena.now(trip).state == ("in_progress" if isinstance(started, Trip) else "cancelled")
        arena.round_ends(trip)
    arena.raced()


def test_a_start_and_a_completion_sent_twice_at_once_happen_once(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.arrived()

        started = arena.at_once(*[act("trips.start", driver, trip.id, trip.pin)] * 2)
        completed = arena.at_once(*[act("trips.complete", driver, trip.id)] * 2)

        assert [each.state for each in started + completed] == ["in_progress"] * 2 + ["completed"] * 2
        assert arena.now(trip).version == trip.version + 2
        arena.round_ends(trip)


def test_a_ride_settled_while_it_is_completed_again_is_paid_once(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.arrived()
        arena.trips.start(driver, trip.id, trip.pin)
        arena.trips.complete(driver, trip.id)

        outcomes = arena.at_once(
            act("money.settle", trip.id), act("money.settle", trip.id), act("trips.complete", driver, trip.id)
        )

        assert "capture" in outcomes
        assert arena.now(trip).state == "paid"
        arena.round_ends(trip)


def test_a_rider_who_requests_from_two_phones_at_once_has_one_trip(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        rider = arena.rider()
        quote = arena.quote(rider)

        answers = arena.at_once(*[act("request_trip", rider, quote)] * 2)

        (opened,) = [answer for answer in answers if isinstance(answer, TripView)]
        (refused,) = [answer for answer in answers if answer is not opened]
        assert refused.code == "active_trip_exists"
        arena.round_ends(arena.match(opened.id))
    arena.raced()


def test_a_late_match_of_the_old_request_does_not_touch_the_new_one(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, old = arena.asked()

        accepted, new, _ = arena.at_once(
            act("offer_responses.accept", driver, old.id),
            act("cancel_and_request", old, arena.quote(old.rider_id)),
            act("matcher.run", Tick(zone=ZONE)),
        )
        arena.requests.driver_assigned(old.id, driver)
        arena.requests.trip_ended(old.id, "cancelled")

        assert accepted is True or isinstance(accepted, TripEndedError)
        assert (arena.now(old).state, arena.now(new).state) == ("cancelled", "matching")
        assert arena.now(new) == new
        assert arena.request(new.id)["closed_at"] is None
        arena.round_ends(old, new)
    arena.raced()


def test_a_driver_who_cancelled_is_not_asked_for_the_ride_again(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.assigned()
        handed_back = arena.trips.cancel(driver, trip.id, None)
        assert handed_back.state == "matching"
        arena.street.passes(4)

        arena.at_once(
            act("wait", trip.id),
            act("matcher.run", Tick(zone=ZONE)),
            act("tracking.record", driver, [arena.street.position(100)]),
            act("requests.driver_assigned", trip.id, driver),
        )
        arena.news()
        arena.tick()

        assert arena.offers(trip.id) == {driver: "accepted"}
        other = arena.street.driver_at(200)
        arena.tick()
        assert arena.offers(trip.id) == {driver: "accepted", other: "open"}
        arena.round_ends(trip)
