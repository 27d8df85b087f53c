"""The events under `events/trips`, which are also for trying a function by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from functions.trips import (
    arrive_at_pickup,
    cancel_scheduled_ride,
    cancel_trip,
    complete_trip,
    edit_scheduled_ride,
    get_scheduled_ride,
    get_trip,
    list_scheduled_rides,
    list_trips,
    rate_trip,
    request_trip,
    schedule_ride,
    start_trip,
    sweep_scheduled_rides,
    sweep_silent_trips,
)
from rideflow.kernel.access import Caller
from rideflow.trips import requesting, wiring
from rideflow.trips.scheduled import booking
from rideflow.trips.wiring import trips
from tests.functions.lambda_events import Json, LambdaContext, answer
from tests.functions.trips.rides import Rides

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events" / "trips"


def example(operation: str) -> Json:
    event: Json = json.loads((EVENTS / f"{operation}.json").read_text())
    return event


def person(operation: str) -> Caller:
    return Caller.of(example(operation)["requestContext"]["authorizer"])


@pytest.fixture
def requested(rides: Rides, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The trip of the examples, requested: its id and its PIN are the ones that the other examples name."""
    trip_id = UUID(example("get_trip")["pathParameters"]["trip_id"])
    monkeypatch.setattr(requesting, "uuid7", lambda: trip_id)
    monkeypatch.setattr("secrets.randbelow", lambda _: int(json.loads(example("start_trip")["body"])["pin"]))
    rider = person("request_trip")
    rides.add_card(rider)
    quote_id = json.loads(example("request_trip")["body"])["quote_id"]
    rides.cloud.rows("update quotes set id = %s where id = %s", quote_id, rides.quote(rider))
    assert answer(request_trip.app, example("request_trip")).status == 202
    return trip_id


def test_in_order_they_take_a_trip_from_its_request_to_its_rating(requested: UUID, rides: Rides) -> None:
    trips().begin_matching(requested)
    rides.gives(requested, person("arrive_at_pickup"))
    rides.stands(driver=person("arrive_at_pickup"))

    told: list[tuple[int, Any]] = []
    for operation, app in (
        ("get_trip", get_trip.app),
        ("arrive_at_pickup", arrive_at_pickup.app),
        ("start_trip", start_trip.app),
        ("complete_trip", complete_trip.app),
    ):
        given = answer(app, example(operation))
        told.append((given.status, given.body["state"]))

    assert told == [(200, "driver_assigned"), (200, "driver_arrived"), (200, "in_progress"), (200, "completed")]
    assert answer(rate_trip.app, example("rate_trip")).body["stars"] == 5
    assert [trip["id"] for trip in answer(list_trips.app, example("list_trips")).body["trips"]] == [str(requested)]
    sweep_silent_trips.app(example("sweep_silent_trips"), LambdaContext())


def test_the_other_end_is_to_cancel(requested: UUID) -> None:
    assert answer(cancel_trip.app, example("cancel_trip")).body["state"] == "cancelled"


def test_in_order_they_book_a_ride_edit_it_make_it_a_trip_and_cannot_cancel_it_then(
    rides: Rides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day before the examples' pickup time, and ten minutes before it."""
    now = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
    ride_id = UUID(example("get_scheduled_ride")["pathParameters"]["scheduled_ride_id"])
    monkeypatch.setattr(wiring, "utc_now", lambda: now)
    monkeypatch.setattr(booking, "uuid7", lambda: ride_id)
    rider = person("schedule_ride")
    rides.add_card(rider)
    quote_id = json.loads(example("schedule_ride")["body"])["quote_id"]
    rides.cloud.rows("update quotes set id = %s where id = %s", quote_id, rides.quote(rider))

    assert answer(schedule_ride.app, example("schedule_ride")).status == 201
    assert answer(edit_scheduled_ride.app, example("edit_scheduled_ride")).body["pickup_at"] == "2026-10-02T16:00:00Z"
    listed = answer(list_scheduled_rides.app, example("list_scheduled_rides")).body["scheduled_rides"]
    now = datetime(2026, 10, 2, 15, 50, tzinfo=UTC)
    sweep_scheduled_rides.app(example("sweep_scheduled_rides"), LambdaContext())

    assert [ride["id"] for ride in listed] == [str(ride_id)]
    assert answer(get_scheduled_ride.app, example("get_scheduled_ride")).body["state"] == "dispatched"
    assert answer(cancel_scheduled_ride.app, example("cancel_scheduled_ride")).status == 409


def test_every_operation_has_its_event_and_every_event_its_operation() -> None:
    operations = {path.stem for path in (ROOT / "functions" / "trips").glob("*.py")}

    assert {path.stem for path in EVENTS.glob("*.json")} == operations
