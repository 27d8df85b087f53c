from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from functions.trips import start_trip
from rideflow.trips.model import TripState
from rideflow.trips.wiring import trips
from tests.functions.trips.rides import Rides


def test_each_step_may_be_repeated(rides: Rides) -> None:
    trip_id = rides.arrived()
    arrived = rides.arrive(trip_id)
    pin = rides.pin(trip_id)

    rides.start(trip_id, pin)
    started = rides.start(trip_id, pin)
    rides.complete(trip_id)
    completed = rides.complete(trip_id)

    steps = (arrived, started, completed)
    assert [(step.status, step.body["state"]) for step in steps] == [
        (200, "driver_arrived"),
        (200, "in_progress"),
        (200, "completed"),
    ]
    assert completed.body["version"] == 6


def test_completing_is_repeated_with_success_when_the_fare_was_captured_meanwhile(rides: Rides) -> None:
    repeated = rides.complete(rides.paid())

    assert (repeated.status, repeated.body["state"]) == (200, "paid")


@pytest.mark.parametrize(
    ("operation", "states"),
    [
        ("arrive", {TripState.IN_PROGRESS, TripState.COMPLETED, TripState.PAID}),
        ("start", {TripState.DRIVER_ASSIGNED, TripState.COMPLETED, TripState.PAID}),
        ("complete", {TripState.DRIVER_ASSIGNED, TripState.DRIVER_ARRIVED}),
    ],
)
def test_a_step_out_of_turn_is_a_conflict_that_says_why(rides: Rides, operation: str, states: set[TripState]) -> None:
    for state in sorted(states):
        trip_id = rides.taken_to(state)
        refused = rides.start(trip_id, "1234") if operation == "start" else getattr(rides, operation)(trip_id)

        assert (refused.status, refused.code, refused.body["state"]) == (409, "trip_state_conflict", state)
        assert f"The trip is {state}" in refused.body["detail"]
        rides.cloud.rows("update trips set state = 'cancelled' where id = %s", trip_id)


def test_a_driver_of_a_trip_that_the_rider_cancelled_is_told_so(rides: Rides) -> None:
    trip_id = rides.assigned()
    rides.cancel(trip_id, rides.rider)

    refused = rides.arrive(trip_id)

    assert (refused.status, refused.body["state"]) == (409, "cancelled")


def test_a_wrong_pin_is_counted_and_the_right_one_still_starts_the_trip(rides: Rides) -> None:
    trip_id = rides.arrived()

    refused = rides.start(trip_id, rides.wrong_pin(trip_id))

    assert (refused.status, refused.code, refused.body["attempts_left"]) == (422, "wrong_pin", 4)
    assert refused.body["errors"][0]["field"] == "pin"
    assert rides.start(trip_id, rides.pin(trip_id)).body["state"] == "in_progress"


def test_after_five_wrong_pins_even_the_right_one_waits(rides: Rides) -> None:
    trip_id = rides.arrived()
    pin, wrong = rides.pin(trip_id), rides.wrong_pin(trip_id)

    left = [rides.start(trip_id, wrong).body["attempts_left"] for _ in range(5)]
    refused = rides.start(trip_id, pin)

    assert left == [4, 3, 2, 1, 0]
    assert (refused.status, refused.code) == (429, "pin_locked")
    assert 290 <= refused.body["retry_after_s"] <= 300
    assert rides.get(trip_id).body["state"] == "driver_arrived"


def test_when_the_lock_ends_attempts_are_counted_anew(rides: Rides) -> None:
    trip_id = rides.arrived()
    wrong = rides.wrong_pin(trip_id)
    for _ in range(5):
        rides.start(trip_id, wrong)
    rides.cloud.rows("update trips set pin_locked_until = %s", datetime.now(UTC) - timedelta(seconds=1))

    assert rides.start(trip_id, wrong).body["attempts_left"] == 4
    assert rides.start(trip_id, rides.pin(trip_id)).status == 200


@pytest.mark.parametrize(
    "pin", ["", "123", "12345", "12a4", "\u0661\u0662\u0663\u0664", 1234, None, ["1234"], "' or 1"]
)
def test_what_is_no_pin_is_refused_and_not_counted(rides: Rides, pin: object) -> None:
    trip_id = rides.arrived()

    refused = rides.post(start_trip.app, f"/v1/trips/{trip_id}/start", {"pin": pin}, rides.driver)

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert trips().get(UUID(trip_id)).pin_attempts == 0
