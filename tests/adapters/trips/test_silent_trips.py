"""A trip whose driver is silent is handed back, listed and ended in time; who cannot hear finds no silence."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.supply.position import Position
from rideflow.trips.errors import TripBusyError
from rideflow.trips.model import Trip
from rideflow.trips.service import Trips
from rideflow.trips.silence_store import PostgresSilences
from rideflow.trips.silent_trips import LONGEST_GAP, TOO_MANY_TO_BE_SILENT
from tests.adapters.trips.environments import Bus
from tests.adapters.trips.road import MINUTE, SECOND, SOUTH, Road


def test_a_trip_whose_driver_is_silent_for_three_minutes_is_handed_back_and_the_rider_told(
    road: Road, bus: Bus
) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")

    assert road.passes(3 * MINUTE - SECOND)["handed_back"] == 0
    assert road.passes(SECOND)["handed_back"] == 1

    assert road.state(trip_id) == "matching"
    told = bus.taken[-1]
    assert (told["type"], told["detail"]["reason"], told["detail"]["by"]) == (
        "DriverCancelled", "driver_silent", "platform",
    )  # fmt: skip
    assert told["detail"]["driver_id"] == str(driver_id)
    assert road.environment.holds_together(trip_id)
    assert road.passes(MINUTE) == {"handed_back": 0, "listed": 0, "ended": 0}


@pytest.mark.parametrize("state", ["driver_arrived", "in_progress"])
def test_after_fifteen_minutes_of_silence_operators_see_the_trip_until_it_is_heard_again(
    road: Road, state: str
) -> None:
    driver_id, trip_id = road.driver_in(state)
    heard_at = road.watch.now

    road.passes(15 * MINUTE - SECOND)
    assert road.listed() == []
    road.passes(SECOND)
    assert road.listed() == [(trip_id, "driver_silent", heard_at)]

    road.says(driver_id)
    road.passes(MINUTE - SECOND)
    assert road.listed() == []
    assert road.state(trip_id) == state


def test_a_ride_whose_driver_is_silent_for_four_hours_is_completed_and_the_rider_may_go_again(
    road: Road, bus: Bus
) -> None:
    driver_id, trip_id = road.driver_in("in_progress")

    assert road.passes(timedelta(hours=4) - SECOND)["ended"] == 0
    assert road.passes(SECOND)["ended"] == 1

    trip = road.environment.trips.get(trip_id)
    assert (trip.state, trip.completed_at, trip.ended_at) == ("completed", road.watch.now, road.watch.now)
    told = bus.taken[-1]
    assert (told["type"], told["detail"]["reason"]) == ("TripCompleted", "driver_silent")
    assert road.listed() == []
    assert road.environment.request(trip.rider_id, road.environment.quote(trip.rider_id)).state == "requested"
    assert road.environment.trips.complete(driver_id, trip_id) == trip


def test_a_trip_that_waits_at_the_pickup_with_a_silent_driver_for_four_hours_is_cancelled_at_no_cost(
    road: Road,
) -> None:
    _, trip_id = road.driver_in("driver_arrived")

    assert road.passes(timedelta(hours=4))["ended"] == 1

    trip = road.environment.trips.get(trip_id)
    assert (trip.state, trip.cancelled_by, trip.cancellation_fee_minor) == ("cancelled", "platform", 0)
    assert (trip.cancel_verdict, trip.cancel_rule) == ("driver", "driver_silent")


@pytest.mark.parametrize("state", ["driver_assigned", "driver_arrived", "in_progress"])
def test_a_driver_who_is_heard_keeps_the_trip(road: Road, state: str) -> None:
    driver_id, trip_id = road.driver_in(state)

    for _ in range(8):
        assert road.passes(2 * MINUTE) == {"handed_back": 0, "listed": 0, "ended": 0}
        road.says(driver_id)

    assert road.state(trip_id) == state


def test_what_a_driver_does_to_the_trip_is_a_sign_of_life(road: Road) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    road.passes(2 * MINUTE)
    road.environment.trips.arrive(driver_id, trip_id)
    road.passes(14 * MINUTE)

    assert road.listed() == []
    assert road.passes(MINUTE)["listed"] == 1


@pytest.mark.parametrize(
    ("state", "minutes"), [("driver_assigned", 100), ("driver_arrived", 220), ("in_progress", 300)]
)
def test_while_positions_cannot_be_read_nobody_is_silent(road: Road, state: str, minutes: int) -> None:
    _, trip_id = road.driver_in(state)
    road.is_down = True

    assert road.passes(minutes * MINUTE) == {"handed_back": 0, "listed": 0, "ended": 0}

    road.is_down = False
    assert road.passes(MINUTE) == {"handed_back": 0, "listed": 0, "ended": 0}
    assert road.state(trip_id) == state
    assert [reason for _, reason, _ in road.listed()] == ["too_long"]


@pytest.mark.parametrize("lost", [False, True], ids=["as it was", "empty"])
def test_after_redis_is_back_silence_counts_anew_and_ends_the_trip_in_time(road: Road, *, lost: bool) -> None:
    _, trip_id = road.driver_in("driver_assigned")
    road.is_down = True
    road.passes(10 * MINUTE)
    road.is_down = False
    if lost:
        road.index.positions._redis.flushall()

    assert road.passes(3 * MINUTE)["handed_back"] == 0
    assert road.passes(MINUTE)["handed_back"] == 1
    assert road.state(trip_id) == "matching"


def test_a_lost_redis_is_no_evidence_at_once_but_silence_goes_on_counting(road: Road) -> None:
    _, trip_id = road.driver_in("in_progress")
    road.passes(14 * MINUTE)
    road.index.positions._redis.flushall()

    assert road.passes(MINUTE)["listed"] == 1
    assert road.listed()[0][0] == trip_id


def test_a_phone_that_was_heard_until_redis_was_lost_has_its_three_minutes(road: Road) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    for _ in range(5):
        road.passes(2 * MINUTE)
        road.says(driver_id)
    road.silent.sweep()
    road.index.positions._redis.flushall()

    assert road.passes(3 * MINUTE)["handed_back"] == 0
    assert road.passes(MINUTE)["handed_back"] == 1
    assert road.state(trip_id) == "matching"


def test_a_phone_that_was_heard_before_redis_was_away_and_lost_has_its_three_minutes(road: Road) -> None:
    """An outage that is no longer than a pause between sweeps: nobody listened in it, so it is no silence."""
    _, trip_id = road.driver_in("driver_assigned")
    road.passes(SECOND)
    road.is_down = True
    road.passes(2 * MINUTE)
    road.is_down = False
    road.index.positions._redis.flushall()
    road.passes(SECOND)

    assert road.passes(3 * MINUTE - SECOND)["handed_back"] == 0
    assert road.passes(SECOND)["handed_back"] == 1
    assert road.state(trip_id) == "matching"


def test_a_driver_of_whom_no_position_was_ever_known_is_silent_from_the_first_look_on(road: Road) -> None:
    trip_id = road.environment.assigned(uuid4())
    road.watch.turn(timedelta(hours=1))

    assert road.passes(3 * MINUTE)["handed_back"] == 0
    assert road.passes(MINUTE)["handed_back"] == 1
    assert road.state(trip_id) == "matching"


def test_a_pause_between_sweeps_is_no_silence(road: Road) -> None:
    road.driver_in("driver_assigned")
    road.watch.turn(LONGEST_GAP + SECOND)
    assert road.silent.sweep()["handed_back"] == 0

    road.driver_in("driver_assigned")
    assert road.passes(3 * MINUTE)["handed_back"] == 2


def test_if_none_of_many_drivers_is_heard_it_is_we_who_are_deaf(road: Road) -> None:
    drivers = [road.driver_in("driver_assigned") for _ in range(TOO_MANY_TO_BE_SILENT)]

    assert road.passes(10 * MINUTE)["handed_back"] == 0

    for driver_id, _ in drivers[1:]:
        road.says(driver_id)
    for _ in range(8):
        road.passes(MINUTE / 2)
        for driver_id, _ in drivers[1:]:
            road.says(driver_id)
    assert [road.state(trip_id) for _, trip_id in drivers] == ["matching"] + ["driver_assigned"] * (len(drivers) - 1)


def test_half_a_day_after_the_last_sign_of_life_a_ride_ends_although_nobody_could_listen(road: Road) -> None:
    _, trip_id = road.driver_in("in_progress")
    road.is_down = True
    road.watch.turn(timedelta(hours=12) - SECOND)
    road.silent.sweep()
    assert road.state(trip_id) == "in_progress"

    road.watch.turn(SECOND)
    road.silent.sweep()

    assert road.state(trip_id) == "completed"


def test_a_failed_look_ends_no_ride_whose_phone_was_heard_less_than_half_a_day_before(road: Road) -> None:
    driver_id, trip_id = road.driver_in("in_progress")
    road.environment.database.execute("update trips set quoted_duration_s = 36000 where id = %(id)s", {"id": trip_id})
    road.stays(driver_id, timedelta(hours=13))
    road.is_down = True

    road.watch.turn(MINUTE)
    assert road.silent.sweep()["ended"] == 0
    road.watch.turn(timedelta(hours=12) - MINUTE - SECOND)
    assert road.silent.sweep()["ended"] == 0

    road.watch.turn(SECOND)
    assert road.silent.sweep()["ended"] == 1
    assert road.state(trip_id) == "completed"


def test_a_failed_look_forgets_no_silence(road: Road) -> None:
    driver_id, trip_id = road.driver_in("in_progress")
    road.environment.database.execute("update trips set quoted_duration_s = 36000 where id = %(id)s", {"id": trip_id})
    road.stays(driver_id, timedelta(hours=9))
    road.passes(10 * MINUTE)  # silent, while we listen
    road.is_down = True

    road.watch.turn(timedelta(hours=12) - 10 * MINUTE)
    assert road.silent.sweep()["ended"] == 1
    assert road.state(trip_id) == "completed"


def test_a_driver_over_the_border_is_heard(road: Road) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    for _ in range(5):
        road.passes(MINUTE)
        road.index.availability.admit(SOUTH, driver_id, "economy", 1)
        position = Position(lat=37.4, lng=-122.0, recorded_at=road.watch.now)
        road.index.positions.record(SOUTH, driver_id, [position], road.watch.now)

    assert road.state(trip_id) == "driver_assigned"


@pytest.mark.parametrize("trouble", [RuntimeError("a trip"), TripBusyError("others")], ids=["in trouble", "busy"])
def test_a_trip_that_cannot_be_changed_keeps_no_other_from_being_handed_back(
    road: Road, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    (_, first), (_, second) = (road.driver_in("driver_assigned") for _ in range(2))
    change = type(road.silent.trips).change

    def fails(trips: Trips, trip_id: UUID, decide: Any) -> Trip:
        if trip_id == min(first, second):
            raise trouble
        return change(trips, trip_id, decide)

    monkeypatch.setattr(type(road.silent.trips), "change", fails)

    assert road.passes(3 * MINUTE)["handed_back"] == 1

    assert road.state(max(first, second)) == "matching"
    assert road.state(min(first, second)) == "driver_assigned"


def test_a_trip_as_newer_code_stores_it_is_handed_back_like_any_other(road: Road) -> None:
    """Whatever it needs besides: a release that is rolled back reads on."""
    _, trip_id = road.driver_in("driver_assigned")
    road.environment.database.execute("update trips set needs = '{\"quiet\": true}'", {})

    assert road.passes(3 * MINUTE)["handed_back"] == 1

    assert road.state(trip_id) == "matching"


def test_what_changed_since_the_look_is_left_alone(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    road.passes(2 * MINUTE)
    found = road.silences.driven()
    road.environment.trips.arrive(driver_id, trip_id)
    monkeypatch.setattr(PostgresSilences, "driven", lambda _: found)

    assert road.passes(2 * MINUTE)["handed_back"] == 0
    assert road.state(trip_id) == "driver_arrived"


def test_an_arrival_that_is_told_late_is_a_sign_of_life_when_it_is_told(road: Road) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    road.passes(2 * MINUTE)
    road.environment.trips.arrive(driver_id, trip_id, road.watch.now - 2 * MINUTE + SECOND)

    assert road.passes(15 * MINUTE - SECOND)["listed"] == 0
    assert road.passes(SECOND)["listed"] == 1


def test_operators_see_a_silent_trip_also_while_positions_cannot_be_read(road: Road) -> None:
    _, trip_id = road.driver_in("in_progress")
    heard_at = road.watch.now
    road.passes(15 * MINUTE)
    road.is_down = True

    road.passes(10 * MINUTE)

    assert road.listed() == [(trip_id, "driver_silent", heard_at)]


def test_a_silence_that_operators_see_stays_listed_after_redis_is_back(road: Road) -> None:
    """Whether it ends the trip counts anew; that somebody should look does not."""
    _, trip_id = road.driver_in("in_progress")
    heard_at = road.watch.now
    road.passes(16 * MINUTE)
    road.is_down = True
    road.passes(5 * MINUTE)
    road.is_down = False

    road.passes(MINUTE)

    assert road.listed() == [(trip_id, "driver_silent", heard_at)]


def test_a_sign_of_life_between_two_sweeps_takes_a_trip_from_the_list(road: Road) -> None:
    """Also one that is over a minute old at the next sweep: the phone is silent, and for less than is listed."""
    driver_id, _ = road.driver_in("in_progress")
    road.passes(16 * MINUTE)
    assert len(road.listed()) == 1

    road.watch.turn(SECOND)
    road.says(driver_id)
    road.watch.turn(MINUTE)
    road.passes(SECOND)

    assert road.listed() == []


def test_a_trip_that_is_silent_and_too_long_in_its_state_is_listed_once(road: Road) -> None:
    _, trip_id = road.driver_in("driver_arrived")
    heard_at = road.watch.now

    road.passes(2 * 60 * MINUTE)

    assert road.listed() == [(trip_id, "driver_silent", heard_at)]


def test_a_sweep_that_was_overtaken_makes_no_gap(road: Road) -> None:
    """Each counts by the clock of its start. A gap would begin all silences anew."""
    now = road.watch.now
    since = road.silences.listened("san_francisco", now, LONGEST_GAP)
    road.silences.listened("san_francisco", now + 2 * MINUTE, LONGEST_GAP)

    road.silences.listened("san_francisco", now + MINUTE, LONGEST_GAP)

    assert road.silences.listened("san_francisco", now + 4 * MINUTE, LONGEST_GAP) == since
