"""Promises of the next trip by a driver who is about to drop off."""

import pytest

from rideflow.dispatch.messages import Tick
from rideflow.dispatch.model import Promise
from tests.adapters.supply.street import ZONE
from tests.races.arena import Arena
from tests.races.processes import act
from tests.races.product import FERRY_BUILDING

pytestmark = pytest.mark.race


@pytest.fixture(autouse=True)
def looks_ahead(arena: Arena) -> None:
    arena.strategy("joint", forward_s=120)


def test_a_driver_who_drops_off_while_accepting_the_next_trip_drives_it(arena: Arena, rounds: range) -> None:
    """It is promised and kept, or accepted as usual; a tick that finds the driver free just then changes nothing."""
    for _ in rounds:
        driver, trip, next_trip = arena.asked_ahead()
        other = arena.waits(FERRY_BUILDING)

        accepted, done, _ = arena.at_once(
            act("offer_responses.accept", driver, next_trip.id, within_s=0.03),
            act("drop_off", driver, trip.id),
            act("matcher.run", Tick(zone=ZONE), within_s=0.03),
        )

        assert accepted is True or isinstance(accepted, Promise)
        assert done.state == "completed"
        arena.news()
        assert arena.now(next_trip).driver_id == driver
        assert arena.offers(other.id) == {}
        arena.round_ends(trip, next_trip, other)
    arena.raced()


def test_a_drop_off_at_the_end_of_the_promise_keeps_it_or_comes_too_late(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip, next_trip = arena.promised()
        arena.street.passes(54 + 120)

        arena.at_once(
            act("drop_off", driver, trip.id),
            act("drop_off", driver, trip.id),
            act("requests.expire", ZONE, within_s=0.03),
        )
        arena.news()

        kept = arena.now(next_trip).driver_id == driver
        arena.went["kept" if kept else "too late"] += 1
        assert arena.offers(next_trip.id) == {driver: "accepted" if kept else "expired"}
        arena.round_ends(trip, next_trip)
    assert arena.went.total() < 400 or {"kept", "too late"} <= set(arena.went)


def test_a_promise_taken_back_or_cancelled_at_the_drop_off_leaves_nobody_between(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip, next_trip = arena.promised()

        _, taken_back, cancelled, _ = arena.at_once(
            act("drop_off", driver, trip.id),
            act("offer_responses.decline", driver, next_trip.id, within_s=0.03),
            act("trips.cancel", next_trip.rider_id, next_trip.id, None, within_s=0.03),
            act("drop_off", driver, trip.id),
        )
        arena.news()

        assert cancelled.state == arena.now(next_trip).state == "cancelled"
        state = arena.offers(next_trip.id)[driver]
        assert state in {"accepted", "declined", "withdrawn"}
        arena.went[state] += 1
        assert (taken_back is None) == (state in {"declined", "withdrawn"})
        arena.round_ends(trip, next_trip)
    assert arena.went.total() < 400 or {"accepted", "declined"} <= set(arena.went)
