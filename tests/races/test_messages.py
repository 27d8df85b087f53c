"""Messages and answers come twice, late, in another order, or never."""

import pytest

from rideflow.dispatch.messages import Tick
from rideflow.supply.keys import ZoneKeys
from rideflow.trips.model import ACTIVE
from tests.adapters.dispatch.zone import PATIENCE
from tests.adapters.supply.street import ZONE
from tests.races.arena import Arena
from tests.races.processes import act

pytestmark = pytest.mark.race


def test_the_sagas_token_answered_twice_and_late_changes_no_trip(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.assigned()
        wait = (trip.id, f"{trip.id}-2", f"token-{trip.id}-2", PATIENCE)

        outcomes = arena.at_once(
            act("requests.driver_assigned", trip.id, driver),
            act("requests.driver_assigned", trip.id, driver),
            act("requests.open", *wait),
            act("requests.give_up", trip.id, f"{trip.id}-2"),
        )

        assert outcomes == [None, None, None, "ended"]
        assert arena.now(trip) == trip
        arena.round_ends(trip)


def test_ticks_duplicated_and_reordered_make_one_offer_of_each_trip(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        drivers = [arena.street.driver_at(50.0 * number) for number in range(3)]
        trips = [arena.waits() for _ in range(3)]
        messages = [*reversed([message for message, _ in arena.ticks.take()]), Tick(zone=ZONE)]

        arena.at_once(*[act("matcher.run", message) for message in [*messages[:1], *messages[-1:]] * 2])
        for message in messages * 2:
            arena.matcher.run(message)
        arena.tick()

        assert [list(arena.offers(trip.id).values()) for trip in trips] == [["open"]] * 3
        assert len({driver for trip in trips for driver in arena.offers(trip.id)}) == len(drivers)
        assert all(arena.now(trip).state in ACTIVE for trip in trips)
        arena.round_ends(*trips)


def test_ticks_that_are_lost_are_asked_for_by_the_minute_s_sweep(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.street.driver_at(50), arena.waits()
        arena.ticks.take()
        arena.street.redis.delete(ZoneKeys(ZONE).tick_due)  # the scheduled tick is considered lost

        arena.at_once(*[act("requests.sweep")] * 3)
        asked_for = [message for message, _ in arena.ticks.take()]
        assert len(asked_for) == 1
        arena.at_once(*[act("matcher.run", asked_for[0])] * 2)

        assert arena.offers(trip.id) == {driver: "open"}
        arena.round_ends(trip)


def test_everybody_is_asked_while_requests_come_and_go(arena: Arena, rounds: range) -> None:
    """Simultaneous openings, cancellations and ticks lose no trip: one more tick offers all waiting trips."""
    for _ in rounds:
        for number in range(3):
            arena.street.driver_at(50.0 * number)
        gone, stays = arena.waits(), arena.waits()
        rider = arena.rider()
        comes = arena.request_trip(rider, arena.quote(rider)).id

        _, _, new, _ = arena.at_once(
            act("matcher.run", Tick(zone=ZONE)),
            act("trips.cancel", gone.rider_id, gone.id, None),
            act("match", comes),
            act("matcher.run", Tick(zone=ZONE)),
        )
        arena.street.redis.delete(ZoneKeys(ZONE).tick_lock)
        arena.tick()

        assert [list(arena.offers(trip.id).values()) for trip in (stays, new)] == [["open"]] * 2
        arena.round_ends(gone, stays, new)
