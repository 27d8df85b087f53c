"""The events under `events/riders`, which are also for trying a function by hand."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from functions.riders import get_profile, on_user_registered, put_profile
from tests.functions.cloud import Cloud, client
from tests.functions.lambda_events import LambdaContext, answer
from tests.functions.riders.test_profile import sealed


def example(operation: str) -> dict[str, Any]:
    path = Path(__file__).parents[3] / "events" / "riders" / f"{operation}.json"
    event: dict[str, Any] = json.loads(path.read_text())
    return event


def registered() -> dict[str, Any]:
    """The example with what Ada registered with, sealed by a key that is here."""
    event = example("on_user_registered")
    body = json.loads(event["Records"][0]["body"])
    person_id = UUID(body["detail"]["person_id"])
    for what, text in {"email": "ada@example.com", "name": "Ada Lovelace"}.items():
        assert body["detail"][what].startswith(f"sealed.1.{person_id}.")
        body["detail"][what] = sealed(text, person_id, what)
    event["Records"][0]["body"] = json.dumps(body)
    return event


def test_a_registration_whose_key_is_lost_comes_again_and_one_of_an_erased_person_does_not(cloud: Cloud) -> None:
    event = example("on_user_registered")
    person_id = json.loads(event["Records"][0]["body"])["detail"]["person_id"]

    failed = on_user_registered.app(event, LambdaContext())
    assert failed == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}

    client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": person_id}})
    assert on_user_registered.app(event, LambdaContext()) == {"batchItemFailures": []}
    assert cloud.rows("select from riders") == []


def test_in_order_they_register_a_rider_who_writes_and_reads_their_profile(cloud: Cloud) -> None:
    assert on_user_registered.app(registered(), LambdaContext()) == {"batchItemFailures": []}
    assert answer(put_profile.app, example("put_profile")).status == 200

    profile = answer(get_profile.app, example("get_profile")).body

    assert (profile["name"], profile["email"]) == ("Ada Lovelace", "ada@example.com")
