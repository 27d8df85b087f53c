"""Riders and drivers who do two things to one trip at once, and what comes late."""

from datetime import timedelta
from functools import partial

import pytest

from rideflow.dispatch.errors import TripEndedError
from rideflow.dispatch.messages import Tick
from rideflow.drivers.errors import DriverOnTripError
from rideflow.drivers.service import Driving
from rideflow.drivers.store import PostgresDrivers
from rideflow.kernel.outbox import Outbox
from rideflow.trips.errors import TripConflictError, TripNotFoundError
from rideflow.trips.model import ACTIVE, Trip
from rideflow.trips.views import TripView
from tests.adapters.dispatch.zone import PATIENCE, Environment, at_once
from tests.races.arena import Arena

pytestmark = pytest.mark.race


def driving(arena: Arena, environment: Environment) -> Driving:
    outbox = Outbox(environment.database, arena.street.bus)
    return Driving(PostgresDrivers(environment.database), outbox.publish, arena.street.clock)


def test_a_driver_cancels_while_the_rider_cancels(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.assigned()

        by_driver, by_rider = at_once(
            [
                partial(one.trips.cancel, driver, trip.id, None),
                partial(other.trips.cancel, trip.rider_id, trip.id, None),
            ]
        )

        assert isinstance(by_driver, Trip | TripConflictError | TripNotFoundError)
        assert by_rider.state == arena.now(trip).state == "cancelled"
        arena.round_ends(trip)


def test_a_start_while_the_rider_cancels_is_one_of_the_two(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.arrived()

        started, cancelled = at_once(
            [
                partial(one.trips.start, driver, trip.id, trip.pin),
                partial(other.trips.cancel, trip.rider_id, trip.id, None),
            ]
        )

        assert isinstance(started, Trip) != isinstance(cancelled, Trip)
        assert arena.now(trip).state == ("in_progress" if isinstance(started, Trip) else "cancelled")
        arena.round_ends(trip)


def test_a_start_and_a_completion_sent_twice_at_once_happen_once(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.arrived()

        started = at_once([partial(each.trips.start, driver, trip.id, trip.pin) for each in (one, other)])
        completed = at_once([partial(each.trips.complete, driver, trip.id) for each in (one, other)])

        assert [each.state for each in started + completed] == ["in_progress"] * 2 + ["completed"] * 2
        assert arena.now(trip).version == trip.version + 2
        arena.round_ends(trip)


@pytest.mark.parametrize("silent", [False, True], ids=["goes offline", "heartbeat lost"])
def test_a_driver_who_leaves_while_accepting_has_the_trip_all_the_same(
    arena: Arena, rounds: range, silent: bool
) -> None:
    """An open offer outlives its driver's going offline: whoever accepts after that drives the trip while offline."""
    one, other = arena.environment(), arena.environment()
    leaving = driving(arena, other)
    for _ in rounds:
        driver, trip = arena.offered()
        leave = (
            partial(leaving.lose_heartbeat, driver, arena.street.now + timedelta(minutes=1))
            if silent
            else partial(leaving.go_offline, driver)
        )

        accepted, left = at_once([partial(one.answers.accept, driver, trip.id), leave])

        assert accepted is True
        assert silent or not isinstance(left, Exception) or isinstance(left, DriverOnTripError)
        assert arena.now(trip).driver_id == driver
        arena.round_ends(trip)


def test_a_rider_who_requests_from_two_phones_at_once_has_one_trip(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        first = arena.riders.trips.get(arena.riders.requested())
        arena.riders.trips.cancel(first.rider_id, first.id, None)
        quote = arena.riders.quote(first.rider_id)
        phones = [arena.phone(), arena.phone()]

        answers = at_once([partial(phone.request, first.rider_id, quote) for phone in phones])

        (opened,) = [answer for answer in answers if isinstance(answer, TripView)]
        (refused,) = [answer for answer in answers if answer is not opened]
        assert refused.code == "active_trip_exists"
        arena.round_ends(arena.riders.trips.get(opened.id))


def test_a_late_match_of_the_old_request_does_not_touch_the_new_one(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, old = arena.offered()
        quote = arena.riders.quote(old.rider_id)

        def again(old: Trip = old, quote: object = quote) -> Trip:
            other.trips.cancel(old.rider_id, old.id, None)
            view = arena.riders.request(old.rider_id, quote)  # type: ignore[arg-type]
            return arena.waits(arena.riders.trips.begin_matching(view.id).id)

        accepted, new = at_once([partial(one.answers.accept, driver, old.id), again])
        arena.here.requests.driver_assigned(old.id, driver)
        arena.here.requests.trip_ended(old.id, "cancelled")

        assert accepted is True or isinstance(accepted, TripEndedError)
        assert (arena.now(old).state, arena.now(new).state) == ("cancelled", "matching")
        assert arena.now(new) == new
        assert arena.request(new.id)["closed_at"] is None
        arena.round_ends(old, new)


def test_a_driver_who_cancelled_is_not_asked_for_the_ride_again(arena: Arena, rounds: range) -> None:
    one, other = arena.environment(), arena.environment()
    for _ in rounds:
        driver, trip = arena.assigned()
        arena.news(trip)
        handed_back = one.trips.cancel(driver, trip.id, None)
        assert handed_back.state == "matching"

        at_once([partial(arena.waits, trip.id), partial(other.matcher.run, Tick(zone="sf-bay"))])
        arena.street.at(driver, 100)
        arena.tick()

        assert arena.offers(trip.id) == {driver: "accepted"}
        arena.here.requests.trip_ended(arena.here.trips.cancel(trip.rider_id, trip.id, None).id, "cancelled")
        arena.street.redis.flushall()
        arena.street.passes(1)


def test_the_sagas_token_answered_twice_and_late_changes_no_trip(arena: Arena, rounds: range) -> None:
    environments = [arena.environment() for _ in range(4)]
    for _ in rounds:
        driver, trip = arena.assigned()
        wait = (trip.id, f"{trip.id}-2", f"token-{trip.id}-2", PATIENCE)

        outcomes = at_once(
            [
                partial(environments[0].requests.driver_assigned, trip.id, driver),
                partial(environments[1].requests.driver_assigned, trip.id, driver),
                partial(environments[2].requests.open, *wait),
                partial(environments[3].requests.give_up, trip.id, f"{trip.id}-2"),
            ]
        )

        assert outcomes == [None, None, None, "ended"]
        assert arena.now(trip) == trip
        arena.round_ends(trip)


def test_ticks_duplicated_reordered_and_lost_make_one_offer_of_each_trip(arena: Arena, rounds: range) -> None:
    environments = [arena.environment() for _ in range(3)]
    for _ in rounds:
        drivers = [arena.street.driver_at(50.0 * number) for number in range(3)]
        trips = [arena.waits() for _ in range(3)]
        messages = [*reversed([message for message, _ in arena.ticks.take()]), Tick(zone="sf-bay")]

        at_once([partial(each.matcher.run, message) for each in environments for message in messages[-1:]])
        for message in messages * 2:
            arena.here.matcher.run(message)
        arena.tick()

        assert [list(arena.offers(trip.id).values()) for trip in trips] == [["open"]] * 3
        assert len({driver for trip in trips for driver in arena.offers(trip.id)}) == len(drivers)
        assert all(arena.now(trip).state in ACTIVE for trip in trips)
        arena.round_ends(*trips)
