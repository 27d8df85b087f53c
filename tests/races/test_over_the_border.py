"""Races between two zones: the driver is on one side of a border, the riders are on both."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from rideflow.kernel.errors import ConflictError
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.places import BORDER, NORTH, SOUTH, driver_standing, off, rider_waits_in, stands, tick
from tests.adapters.dispatch.zone import at_once
from tests.races.arena import Arena

pytestmark = pytest.mark.race


def free_again(arena: Arena, driver: UUID) -> list[str]:
    """Zones with the driver in their free index, after all offers have expired and the phone has sent a position."""
    arena.street.passes(16)
    for zone in (NORTH, SOUTH):
        arena.here.requests.expire(zone)
    stands(arena.street, driver, off(BORDER, 10))
    redis = arena.street.redis
    return [zone for zone in (NORTH, SOUTH) if redis.zscore(ZoneKeys(zone).free("economy"), str(driver)) is not None]


def round_ends(arena: Arena, *trips: UUID) -> None:
    for trip in trips:
        arena.street.rows("update trips set state = 'cancelled', ended_at = now() where id = %s", trip)
        arena.here.requests.trip_ended(trip, "cancelled")
    assert arena.street.rows("select 1 from offers where state = 'open'") == []
    arena.street.redis.flushall()
    arena.street.passes(1)


def test_two_zones_ticks_at_once_make_one_offer_and_two_accepts_one_trip(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver = driver_standing(arena.street, BORDER)
        trips = [rider_waits_in(arena, name, off(BORDER, metres)) for name, metres in ((NORTH, 200), (SOUTH, -200))]

        at_once([partial(tick, one, NORTH), partial(tick, other, SOUTH)])
        states = [arena.offers(trip).get(driver) for trip in trips]
        assert sorted(map(str, states)) == ["None", "open"]

        def accepts(environment: Any, trip: UUID, driver: UUID = driver) -> object:
            return environment.offer_responses.accept(driver, trip)

        won = at_once([partial(accepts, one, trips[0]), partial(accepts, other, trips[1])])
        assert [outcome is True for outcome in won] == [state == "open" for state in states]
        round_ends(arena, *trips)


@pytest.mark.parametrize("answer", ["accept", "decline", "expire"])
def test_a_driver_who_crosses_the_border_at_the_moment_of_the_answer(arena: Arena, rounds: range, answer: str) -> None:
    """An accept gets its driver, and every other end leaves the driver free in their present zone, in either order."""
    one = arena.environment()
    for _ in rounds:
        driver = driver_standing(arena.street, off(BORDER, -20))
        trip = rider_waits_in(arena, NORTH, off(BORDER, 200))
        tick(one, NORTH)
        assert arena.offers(trip) == {driver: "open"}
        arena.street.passes(16 if answer == "expire" else 2)

        def answers(driver: UUID = driver, trip: UUID = trip) -> None:
            if answer == "expire":
                one.requests.expire(NORTH)
            elif answer == "accept":
                one.offer_responses.accept(driver, trip)
            else:
                one.offer_responses.decline(driver, trip)

        crossed, answered = at_once([partial(stands, arena.street, driver, off(BORDER, 10)), answers])

        assert crossed == "accepted"
        assert not isinstance(answered, ConflictError | AssertionError)
        if answer == "accept":
            assert arena.trip(trip)["driver_id"] == driver
            change = arena.street.records.trip_in_hand(driver, trip)
            assert change is not None
            arena.street.availability.trip_changed(change)
            assert free_again(arena, driver) == []
        else:
            arena.street.rows("update match_requests set expires_at = opened_at where trip_id = %s", trip)
            assert free_again(arena, driver) == [NORTH]
        round_ends(arena, trip)
