"""The events under `events/notifications`, which are also for trying a function by hand."""

import json
from pathlib import Path

from functions.notifications import on_scheduled_ride_changed, on_trip_changed
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext


def test_an_assignment_is_understood(cloud: Cloud) -> None:
    path = Path(__file__).parents[3] / "events" / "notifications" / "on_trip_changed.json"

    assert on_trip_changed.app(json.loads(path.read_text()), LambdaContext()) == {"batchItemFailures": []}


def test_a_dispatched_ride_is_understood(cloud: Cloud) -> None:
    path = Path(__file__).parents[3] / "events" / "notifications" / "on_scheduled_ride_changed.json"

    assert on_scheduled_ride_changed.app(json.loads(path.read_text()), LambdaContext()) == {"batchItemFailures": []}
