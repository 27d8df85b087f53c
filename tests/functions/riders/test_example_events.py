"""The events under `events/riders`, which are also for trying a function by hand."""

import json
from pathlib import Path
from typing import Any

from functions.riders import get_profile, on_user_registered, put_profile
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer


def example(operation: str) -> dict[str, Any]:
    path = Path(__file__).parents[3] / "events" / "riders" / f"{operation}.json"
    event: dict[str, Any] = json.loads(path.read_text())
    return event


def test_in_order_they_register_a_rider_who_writes_and_reads_their_profile(cloud: Cloud) -> None:
    assert on_user_registered.app(example("on_user_registered"), LambdaContext()) == {"batchItemFailures": []}
    assert answer(put_profile.app, example("put_profile")).status == 200

    profile = answer(get_profile.app, example("get_profile")).body

    assert (profile["name"], profile["email"]) == ("Ada Lovelace", "ada@example.com")
