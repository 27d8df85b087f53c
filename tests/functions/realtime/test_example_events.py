"""The events under `events/realtime`, which are also for trying a function by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.realtime import connect, default, disconnect, on_user_logged_out, ping, sync
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer


@pytest.mark.parametrize(
    ("app", "operation", "told"),
    [
        (connect.app, "connect", None),
        (ping.app, "ping", "pong"),
        (sync.app, "sync", "sync"),
        (default.app, "default", "problem"),
        (disconnect.app, "disconnect", None),
    ],
)
def test_each_is_understood(cloud: Cloud, app: Any, operation: str, told: str | None) -> None:
    path = Path(__file__).parents[3] / "events" / "realtime" / f"{operation}.json"

    answered = answer(app, json.loads(path.read_text()))

    assert answered.body.get("type") == told
    assert answered.status == (404 if told == "problem" else 200)


def test_the_event_of_a_sign_out_is_understood(cloud: Cloud) -> None:
    path = Path(__file__).parents[3] / "events" / "realtime" / "on_user_logged_out.json"

    assert on_user_logged_out.app(json.loads(path.read_text()), LambdaContext()) == {"batchItemFailures": []}
