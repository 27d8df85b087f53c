"""A trip whose phones are heard for ever does not stay in a state for ever."""

from datetime import timedelta
from uuid import UUID

import pytest

from rideflow.kernel.geo import Point
from tests.adapters.trips.environments import Bus
from tests.adapters.trips.road import MINUTE, SECOND, Road

HOUR = timedelta(hours=1)
DROPOFF = Point(lat=37.7936, lng=-122.3958)
AT_HOME = Point(lat=37.75, lng=-122.45)


@pytest.mark.parametrize(
    ("state", "listed_after", "ended_after", "then", "done"),
    [
        ("driver_assigned", 45 * MINUTE, 2 * HOUR, "matching", "handed_back"),
        ("driver_arrived", HOUR, 4 * HOUR, "cancelled", "ended"),
        ("in_progress", 4 * HOUR, 16 * HOUR, "completed", "ended"),
    ],
)
def test_a_trip_that_stays_in_a_state_is_listed_and_then_taken_out_of_it(
    road: Road, state: str, listed_after: timedelta, ended_after: timedelta, then: str, done: str
) -> None:
    driver_id, trip_id = road.driver_in(state)
    entered_at = road.watch.now

    assert road.stays(driver_id, listed_after - SECOND) == {"handed_back": 0, "listed": 0, "ended": 0}
    assert road.listed() == []
    road.stays(driver_id, SECOND)
    assert road.listed() == [(trip_id, "too_long", entered_at)]

    assert road.stays(driver_id, ended_after - listed_after - SECOND)[done] == 0
    assert road.state(trip_id) == state
    assert road.stays(driver_id, SECOND)[done] == 1

    trip = road.environment.trips.get(trip_id)
    assert (trip.state, trip.cancellation_fee_minor) == (then, 0)
    assert road.listed() == []
    assert road.environment.holds_together(trip_id)
    assert road.stays(driver_id, MINUTE) == {"handed_back": 0, "listed": 0, "ended": 0}


def test_apps_are_told_why(road: Road, bus: Bus) -> None:
    told = {}
    for state in ("driver_assigned", "driver_arrived", "in_progress"):
        driver_id, _ = road.driver_in(state)
        road.stays(driver_id, 16 * HOUR)
        told[bus.taken[-1]["type"]] = bus.taken[-1]["detail"]

    assert {type_: detail["reason"] for type_, detail in told.items()} == {
        "DriverCancelled": "too_long", "TripCancelled": "too_long", "TripCompleted": "too_long",
    }  # fmt: skip
    assert (told["TripCancelled"]["verdict"], told["TripCancelled"]["fee_minor"]) == ("nobody", 0)


@pytest.mark.parametrize("quoted_minutes", [80, 100])
def test_a_long_ride_may_take_three_times_as_long_as_quoted(road: Road, quoted_minutes: int) -> None:
    driver_id, trip_id = road.driver_in("in_progress")
    quoted_for(road, trip_id, quoted_minutes * MINUTE)
    usual = max(4 * HOUR, 3 * quoted_minutes * MINUTE)

    road.stays(driver_id, usual - SECOND)
    assert road.listed() == []
    road.stays(driver_id, SECOND)
    assert [trip for trip, _, _ in road.listed()] == [trip_id]
    assert road.stays(driver_id, 12 * HOUR - SECOND)["ended"] == 0
    assert road.stays(driver_id, SECOND)["ended"] == 1


def test_a_ride_that_its_driver_forgot_to_complete_ended_when_the_car_was_first_at_the_dropoff(road: Road) -> None:
    driver_id, trip_id = road.driver_in("in_progress")
    quoted_for(road, trip_id, 20 * MINUTE)
    road.knows(driver_id, trip_id)
    started_at = road.watch.now
    for minute, place in ((9, DROPOFF), (12, AT_HOME), (25, DROPOFF), (40, AT_HOME), (60, DROPOFF)):
        road.watch.now = started_at + minute * MINUTE
        road.says(driver_id, place)

    road.stays(driver_id, 16 * HOUR, AT_HOME)

    trip = road.environment.trips.get(trip_id)
    assert (trip.state, trip.completed_at) == ("completed", started_at + 25 * MINUTE)
    assert trip.ended_at is not None
    assert trip.ended_at > started_at + 16 * HOUR - MINUTE
    last = road.environment.trips.log(trip_id)[-1]
    assert (last.at, last.data["told_at"]) == (trip.completed_at, trip.ended_at.isoformat())


def test_a_ride_that_was_not_seen_at_the_dropoff_ends_now(road: Road) -> None:
    driver_id, trip_id = road.driver_in("in_progress")
    road.knows(driver_id, trip_id)
    road.stays(driver_id, 16 * HOUR - SECOND)

    road.watch.turn(SECOND)
    assert road.silent.sweep()["ended"] == 1

    assert road.environment.trips.get(trip_id).completed_at == road.watch.now


def test_a_ride_waits_until_it_can_be_seen_where_the_car_was(road: Road) -> None:
    """Else one failed look would let the rider pay for the driver's way home."""
    driver_id, trip_id = road.driver_in("in_progress")
    quoted_for(road, trip_id, 20 * MINUTE)
    road.knows(driver_id, trip_id)
    started_at = road.watch.now
    road.watch.turn(25 * MINUTE)
    road.says(driver_id, DROPOFF)
    road.stays(driver_id, started_at + 16 * HOUR - SECOND - road.watch.now, AT_HOME)
    road.is_down = True

    assert road.passes(30 * MINUTE)["ended"] == 0
    assert road.state(trip_id) == "in_progress"
    road.is_down = False
    assert road.passes(MINUTE)["ended"] == 1

    assert road.environment.trips.get(trip_id).completed_at == started_at + 25 * MINUTE


def test_a_ride_waits_for_positions_an_hour_at_most(road: Road) -> None:
    driver_id, trip_id = road.driver_in("in_progress")
    road.stays(driver_id, 16 * HOUR - SECOND)
    road.is_down = True

    assert road.passes(HOUR)["ended"] == 0
    assert road.passes(SECOND)["ended"] == 1

    assert road.environment.trips.get(trip_id).completed_at == road.watch.now


@pytest.mark.parametrize("state", ["driver_assigned", "driver_arrived"])
def test_the_driver_of_a_scheduled_ride_may_wait_for_its_pickup_time(road: Road, state: str) -> None:
    driver_id, trip_id = road.driver_in(state)
    road.environment.database.execute(
        "update trips set scheduled_ride_id = gen_random_uuid(), scheduled_for = %(at)s, waits_until = %(at)s"
        " where id = %(id)s",
        {"id": trip_id, "at": road.watch.now + 40 * MINUTE},
    )

    road.stays(driver_id, 80 * MINUTE)
    assert road.listed() == []
    road.stays(driver_id, 20 * MINUTE)
    assert [trip for trip, _, _ in road.listed()] == [trip_id]


def test_an_arrival_that_is_told_late_counts_from_then_on(road: Road) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    road.stays(driver_id, 40 * MINUTE)
    road.environment.trips.arrive(driver_id, trip_id, road.watch.now - 35 * MINUTE)

    road.stays(driver_id, HOUR - SECOND)
    assert road.listed() == []
    road.stays(driver_id, SECOND)
    assert [reason for _, reason, _ in road.listed()] == ["too_long"]


def test_what_its_driver_does_meanwhile_comes_first(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    driver_id, trip_id = road.driver_in("driver_assigned")
    road.stays(driver_id, 2 * HOUR - SECOND)
    found = road.silences.driven()
    road.environment.trips.arrive(driver_id, trip_id)
    monkeypatch.setattr(type(road.silences), "driven", lambda _: found)

    assert road.stays(driver_id, SECOND)["handed_back"] == 0
    assert road.state(trip_id) == "driver_arrived"


def quoted_for(road: Road, trip_id: UUID, duration: timedelta) -> None:
    road.environment.database.execute(
        "update trips set quoted_duration_s = %(seconds)s where id = %(id)s",
        {"id": trip_id, "seconds": int(duration.total_seconds())},
    )
