import json
from typing import Any

import pytest

from functions.trips import get_trip, list_trips
from rideflow.kernel.access import Caller
from rideflow.kernel.postgres import database
from rideflow.trips.model import TripState
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in
from tests.functions.trips.rides import Rides
from tests.vehicles import vehicle_of


@pytest.mark.parametrize("operation", ["get", "arrive", "start", "complete", "cancel", "rate"])
def test_somebody_elses_trip_looks_like_one_that_does_not_exist(rides: Rides, operation: str) -> None:
    stranger = signed_in("rider", "driver")
    mine = rides.completed() if operation == "rate" else rides.assigned()
    nobodys = "01890000-0000-7000-8000-000000000000"

    found, missing = (did(rides, operation, trip_id, stranger) for trip_id in (mine, nobodys))

    assert (found.status, found.code) == (404, "trip_not_found")
    assert found == missing


def did(rides: Rides, operation: str, trip_id: str, caller: Caller) -> Answer:
    match operation:
        case "get":
            return rides.get(trip_id, caller)
        case "start":
            return rides.start(trip_id, "1234", caller)
        case "cancel":
            return rides.cancel(trip_id, caller)
        case "rate":
            return rides.rate(trip_id, caller, {"stars": 5})
        case _:
            return answer_of(getattr(rides, operation)(trip_id, caller))


def answer_of(given: Any) -> Answer:
    assert isinstance(given, Answer)
    return given


def test_a_driver_does_not_see_a_trip_that_is_assigned_to_nobody_yet(rides: Rides) -> None:
    assert rides.get(rides.matching(), rides.driver).status == 404


def test_an_operator_sees_any_trip_but_no_pin(rides: Rides) -> None:
    seen = rides.get(rides.assigned(), rides.operator)

    assert seen.status == 200
    assert seen.body["pin"] is None


def test_a_rider_may_not_drive_and_an_operator_may_not_cancel(rides: Rides) -> None:
    trip_id = rides.assigned()

    assert rides.arrive(trip_id, rides.rider).code == "permission_missing"
    assert rides.cancel(trip_id, rides.operator).code == "permission_missing"


@pytest.mark.parametrize("state", list(TripState))
def test_the_pin_is_shown_to_the_rider_from_the_assignment_to_the_start(rides: Rides, state: TripState) -> None:
    trip_id = rides.taken_to(state)

    shown = rides.get(trip_id).body["pin"]

    assert (shown is not None) == (state in {TripState.DRIVER_ASSIGNED, TripState.DRIVER_ARRIVED})


def test_the_pin_never_leaves_by_any_other_way(rides: Rides) -> None:
    trip_id = rides.matching()
    rides.cloud.rows("update trips set pin = 'secret'")
    rides.gives(trip_id, rides.driver)
    taken = [rides.arrive(trip_id), rides.start(trip_id, "0000"), rides.arrive(trip_id)]

    told = json.dumps(
        [
            [one.body for one in taken],
            rides.get(trip_id, rides.driver).body,
            rides.cloud.published(),
            rides.cloud.rows("select * from published_active_trips"),
            rides.cloud.rows("select * from published_trip_events where type <> 'TripRequested'"),
        ],
        default=str,
    )

    assert "secret" not in told
    assert all("pin" not in row["data"] for row in rides.cloud.rows("select data from published_trip_events"))


def test_both_people_and_operators_see_the_whole_vehicle_from_the_assignment_on(rides: Rides) -> None:
    shown = vehicle_of(database(), rides.driver.id).model_dump(mode="json")
    trip_id = rides.matching()
    assert rides.get(trip_id).body["vehicle"] is None
    rides.gives(trip_id, rides.driver)
    rides.stands()

    pin = rides.pin(trip_id)
    answers = [rides.arrive(trip_id), rides.start(trip_id, pin), rides.complete(trip_id)]
    answers += [rides.get(trip_id, caller) for caller in (rides.rider, rides.driver, rides.operator)]
    listed = answer(list_trips.app, rest_event("GET", "/v1/trips", caller=rides.rider, query={}))

    assert [each.body["vehicle"] for each in answers] == [shown] * 6
    assert [each["vehicle"] for each in listed.body["trips"]] == [shown]


def test_a_malformed_trip_id_is_told_as_such(rides: Rides) -> None:
    refused = answer(get_trip.app, rest_event("GET", "/v1/trips/not-an-id", caller=rides.rider))

    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "trip_id")
