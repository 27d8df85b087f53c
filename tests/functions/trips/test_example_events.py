"""The events under `events/trips`, which are also for trying a function by hand."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from functions.trips import (
    arrive_at_pickup,
    cancel_trip,
    complete_trip,
    get_trip,
    list_trips,
    rate_trip,
    request_trip,
    start_trip,
)
from rideflow.kernel.access import Caller
from rideflow.trips import requesting
from rideflow.trips.wiring import trips
from tests.functions.lambda_events import Json, answer
from tests.functions.trips.rides import VEHICLE, Rides

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


def test_in_order_they_take_a_trip_from_its_request_to_its_rating(requested: UUID) -> None:
    trips().begin_matching(requested)
    trips().assign_driver(requested, person("arrive_at_pickup").id, VEHICLE)

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


def test_the_other_end_is_to_cancel(requested: UUID) -> None:
    assert answer(cancel_trip.app, example("cancel_trip")).body["state"] == "cancelled"


def test_every_operation_has_its_event_and_every_event_its_operation() -> None:
    operations = {path.stem for path in (ROOT / "functions" / "trips").glob("*.py")}

    assert {path.stem for path in EVENTS.glob("*.json")} == operations
