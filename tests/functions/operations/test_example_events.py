"""The events under `events/operations`; those of a trip are about the trip that the events of trips request."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from functions.operations import list_stuck_trips, operator_cancel, operator_complete, operator_reassign
from rideflow.trips.wiring import trips
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer
from tests.functions.spying import EVENTS, example_event
from tests.functions.trips.rides import Rides
from tests.functions.trips.test_example_events import person

FUNCTIONS = EVENTS.parent / "functions" / "operations"


def example(operation: str) -> dict[str, Any]:
    return example_event(f"operations/{operation}")


def test_an_operator_reassigns_completes_or_cancels_it_and_sees_what_is_stuck(requested: UUID, rides: Rides) -> None:
    trips().begin_matching(requested)
    rides.gives(requested, person("arrive_at_pickup"))

    assert answer(operator_complete.app, example("operator_complete")).status == 409
    assert answer(operator_reassign.app, example("operator_reassign")).body["state"] == "matching"
    assert answer(operator_cancel.app, example("operator_cancel")).body["cancel_verdict"] == "driver"
    rides.made_earlier(str(requested), timedelta(hours=1))
    stuck = answer(list_stuck_trips.app, example("list_stuck_trips")).body["trips"]
    assert [(trip["trip"]["id"], trip["reason"]) for trip in stuck] == [(str(requested), "not_settled")]


@pytest.mark.parametrize("path", sorted(FUNCTIONS.glob("*.py")), ids=lambda path: path.stem)
def test_every_operation_reads_its_example_and_finds_nothing_or_no_such_trip_or_event(path: Path, cloud: Cloud) -> None:
    app, event = import_module(f"functions.operations.{path.stem}").app, example(path.stem)
    if "Records" in event:
        assert app(event, LambdaContext()) == {"batchItemFailures": []}
        return
    answered = answer(app, event)

    assert answered.status == 200 or answered.code in {"trip_not_found", "event_not_found"}


def test_every_event_has_its_operation() -> None:
    operations = {path.stem for path in FUNCTIONS.glob("*.py")}

    assert {path.stem for path in (EVENTS / "operations").glob("*.json")} == operations
