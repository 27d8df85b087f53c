"""Accepts during other accepts, cancellations, expiries and timeouts."""

from datetime import timedelta

import pytest

from rideflow.dispatch.errors import AlreadyOnTripError, OfferExpiredError, TripEndedError, TripTakenError
from tests.adapters.dispatch.zone import PATIENCE
from tests.adapters.supply.street import ZONE
from tests.races.arena import Arena
from tests.races.processes import act

pytestmark = pytest.mark.race


def test_a_rider_cancels_while_a_driver_accepts(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()

        accepted, cancelled = arena.at_once(
            act("offer_responses.accept", driver, trip.id), act("trips.cancel", trip.rider_id, trip.id, None)
        )

        assert accepted is True or isinstance(accepted, TripEndedError)
        assert cancelled.state == arena.now(trip).state == "cancelled"
        arena.round_ends(trip)
    arena.raced()


def test_a_rider_cancels_while_the_match_is_committed_and_told(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()

        outcomes = arena.at_once(
            act("offer_responses.accept", driver, trip.id),
            act("trips.cancel", trip.rider_id, trip.id, None),
            act("requests.driver_assigned", trip.id, driver),
            act("requests.trip_ended", trip.id, "cancelled"),
        )

        assert outcomes[0] is True or isinstance(outcomes[0], TripEndedError)
        assert outcomes[2:] == [None, None]
        arena.round_ends(trip)
    arena.raced()


def test_one_trip_is_accepted_by_many_and_one_has_it(arena: Arena, rounds: range) -> None:
    arena.strategy("broadcast", offers_per_trip=4)
    for _ in rounds:
        drivers = [arena.street.driver_at(10.0 * number) for number in range(4)]
        trip = arena.waits()
        arena.tick()

        outcomes = arena.at_once(*[act("offer_responses.accept", driver, trip.id) for driver in drivers])

        assert sorted(type(outcome).__name__ for outcome in outcomes) == [TripTakenError.__name__] * 3 + ["bool"]
        assert arena.now(trip).driver_id == drivers[outcomes.index(True)]
        arena.round_ends(trip)
    arena.raced()


def test_one_driver_accepts_two_offers_at_once_and_has_one(arena: Arena, rounds: range) -> None:
    arena.strategy("joint", offers_per_driver=2)
    for _ in rounds:
        driver, trips = arena.street.driver_at(100), [arena.waits(), arena.waits()]
        arena.tick()
        arena.tick()

        outcomes = arena.at_once(*[act("offer_responses.accept", driver, trip.id) for trip in trips])

        assert sorted(type(outcome).__name__ for outcome in outcomes) == [AlreadyOnTripError.__name__, "bool"]
        assert sorted(arena.offers(trip.id)[driver] for trip in trips) == ["accepted", "withdrawn"]
        arena.round_ends(*trips)
    arena.raced()


def test_an_accept_at_the_moment_of_expiry_is_expired(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()
        arena.street.passes(15)

        late, _ = arena.at_once(act("offer_responses.accept", driver, trip.id), act("requests.expire", ZONE))

        assert isinstance(late, OfferExpiredError)
        assert arena.offers(trip.id) == {driver: "expired"}
        arena.round_ends(trip)


def test_an_accept_by_a_clock_that_is_late_wins_or_is_expired(arena: Arena, rounds: range) -> None:
    """The accept's clock is a millisecond before the offer's end; the clock that ends offers has reached it."""
    for _ in rounds:
        driver, trip = arena.asked()
        arena.street.passes(15)

        accepted, _ = arena.at_once(
            act("offer_responses.accept", driver, trip.id, skew_s=-0.001), act("requests.expire", ZONE)
        )

        won = accepted is True
        assert won or isinstance(accepted, OfferExpiredError)
        assert arena.offers(trip.id) == {driver: "accepted" if won else "expired"}
        assert arena.now(trip).state == ("driver_assigned" if won else "matching")
        arena.round_ends(trip)
    arena.raced()


def test_an_accept_while_the_patience_ends_wins_or_the_trip_is_given_up(arena: Arena, rounds: range) -> None:
    """The offer was made in the last seconds of the patience and is live still; the saga has timed out."""
    for _ in rounds:
        trip = arena.waits()
        arena.street.passes((PATIENCE - timedelta(seconds=5)).total_seconds())
        driver = arena.street.driver_at(100)
        arena.tick()
        arena.street.passes(6)

        accepted, given_up = arena.at_once(
            act("offer_responses.accept", driver, trip.id),
            act("requests.give_up", trip.id, f"{trip.id}-{trip.version}"),
        )

        won = accepted is True
        assert won or isinstance(accepted, TripEndedError)
        assert given_up == ("ended" if won else "no_driver_found")
        assert arena.now(trip).state == ("driver_assigned" if won else "no_driver_found")
        arena.round_ends(trip)
    arena.raced()


def test_an_accept_while_the_sweep_ends_an_overdue_request_wins_or_comes_too_late(arena: Arena, rounds: range) -> None:
    """The saga died: the minute's sweep gives the trip up, and ends offers, while the driver accepts."""
    for _ in rounds:
        trip = arena.waits()
        arena.street.passes((PATIENCE - timedelta(seconds=1)).total_seconds())
        driver = arena.street.driver_at(100)
        arena.tick()
        arena.street.passes(14)

        accepted, _, _ = arena.at_once(
            act("offer_responses.accept", driver, trip.id),
            act("requests.sweep", skew_s=20),
            act("requests.sweep", skew_s=20),
        )

        assert accepted is True or isinstance(accepted, TripEndedError | OfferExpiredError)
        assert arena.now(trip).state == ("driver_assigned" if accepted is True else "no_driver_found")
        arena.round_ends(trip)
    arena.raced()


def test_an_accept_sent_twice_at_once_is_one_assignment(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()

        outcomes = arena.at_once(*[act("offer_responses.accept", driver, trip.id)] * 2)

        assert sorted(outcomes) == [False, True]
        arena.round_ends(trip)
    arena.raced()


def test_a_decline_while_accepting_is_one_of_the_two(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()

        accepted, declined = arena.at_once(
            act("offer_responses.accept", driver, trip.id), act("offer_responses.decline", driver, trip.id)
        )

        assert (accepted is True) != (declined is None)
        assert arena.offers(trip.id) == {driver: "accepted" if accepted is True else "declined"}
        arena.round_ends(trip)
    arena.raced()
