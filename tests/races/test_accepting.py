"""Who accepts while others accept, cancel, expire and give up."""

from functools import partial

import pytest

from rideflow.dispatch.errors import OfferExpiredError, TripEndedError, TripTakenError
from tests.adapters.dispatch.zone import at_once
from tests.adapters.locations.street import ZONE
from tests.races.arena import Arena

pytestmark = pytest.mark.race


def test_a_rider_cancels_while_a_driver_accepts(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.offered()

        accepted, cancelled = at_once(
            [partial(one.answers.accept, driver, trip.id), partial(other.trips.cancel, trip.rider_id, trip.id, None)]
        )

        assert accepted is True or isinstance(accepted, TripEndedError)
        assert cancelled.state == arena.now(trip).state == "cancelled"
        arena.round_ends(trip)


def test_a_rider_cancels_while_the_match_is_committed_and_told(arena: Arena, rounds: range) -> None:
    one, other, third = (arena.environment() for _ in range(3))
    for _ in rounds:
        driver, trip = arena.offered()

        outcomes = at_once(
            [
                partial(one.answers.accept, driver, trip.id),
                partial(other.trips.cancel, trip.rider_id, trip.id, None),
                partial(third.requests.driver_assigned, trip.id, driver),
                partial(arena.here.requests.trip_ended, trip.id, "cancelled"),
            ]
        )

        assert outcomes[0] is True or isinstance(outcomes[0], TripEndedError)
        assert outcomes[2:] == [None, None]
        arena.round_ends(trip)


def test_one_trip_is_accepted_by_many_and_one_has_it(arena: Arena, rounds: range) -> None:
    arena.strategy("broadcast", offers_per_trip=4)
    environments = [arena.environment() for _ in range(4)]
    for _ in rounds:
        drivers = [arena.street.driver_at(10.0 * number) for number in range(4)]
        trip = arena.waits()
        arena.tick()

        outcomes = at_once(
            [partial(each.answers.accept, driver, trip.id) for each, driver in zip(environments, drivers, strict=True)]
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == [TripTakenError.__name__] * 3 + ["bool"]
        assert arena.now(trip).driver_id == drivers[outcomes.index(True)]
        arena.round_ends(trip)


def test_one_driver_accepts_two_offers_at_once_and_has_one(arena: Arena, rounds: range) -> None:
    arena.strategy("joint", offers_per_driver=2)
    environments = [arena.environment(), arena.environment()]
    for _ in rounds:
        driver, trips = arena.street.driver_at(100), [arena.waits(), arena.waits()]
        arena.tick()
        arena.tick()

        outcomes = at_once(
            [partial(each.answers.accept, driver, trip.id) for each, trip in zip(environments, trips, strict=True)]
        )

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyOnTripError", "bool"]
        arena.round_ends(*trips)


def test_an_accept_at_the_moment_of_expiry_is_expired(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.offered()
        arena.street.passes(15)

        late, _ = at_once([partial(one.answers.accept, driver, trip.id), partial(other.requests.expire, ZONE)])

        assert isinstance(late, OfferExpiredError)
        assert arena.offers(trip.id) == {driver: "expired"}
        arena.round_ends(trip)


def test_an_accept_after_the_patience_ended_wins_or_the_trip_is_given_up(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.offered()

        accepted, given_up = at_once(
            [
                partial(one.answers.accept, driver, trip.id),
                partial(other.requests.give_up, trip.id, f"{trip.id}-{trip.version}"),
            ]
        )

        won = accepted is True
        assert won or isinstance(accepted, TripEndedError)
        assert given_up == ("ended" if won else "no_driver_found")
        assert arena.now(trip).state == ("driver_assigned" if won else "no_driver_found")
        arena.round_ends(trip)


def test_an_accept_sent_twice_at_once_is_one_assignment(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.offered()

        outcomes = at_once([partial(each.answers.accept, driver, trip.id) for each in (one, other)])

        assert sorted(outcomes) == [False, True]
        arena.round_ends(trip)
