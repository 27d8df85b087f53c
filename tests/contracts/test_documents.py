"""The committed contracts are those that the code generates."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, SchemaError

from rideflow.trips.model import TRANSITIONS, TripState
from rideflow.trips.scheduled.model import RideState
from tools.contracts import asyncapi, openapi, schemas

type Json = dict[str, Any]

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize(("name", "document"), [("openapi", openapi.document), ("asyncapi", asyncapi.document)])
def test_the_committed_document_is_what_the_code_generates(name: str, document: Any) -> None:
    assert json.loads((DOCS / f"{name}.json").read_text(encoding="utf-8")) == document(), "run: make docs"


def _operations() -> Iterator[tuple[str, Json]]:
    for path, methods in openapi.document()["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in methods.items())


def _problem(operation: Json, status: str) -> Json:
    """The schema of what the operation answers with the status."""
    reference = operation["responses"][status]["content"]["application/problem+json"]["schema"]["$ref"]
    return dict(schemas.resolved(openapi.document(), reference))


def _refused(operation: Json) -> list[str]:
    return [status for status in operation["responses"] if status >= "400"]


def _codes(name: str) -> dict[str, list[str]]:
    (operation,) = (each for _, each in _operations() if each["operationId"] == name)
    return {status: _problem(operation, status)["properties"]["code"]["enum"] for status in _refused(operation)}


def test_every_refusal_lists_its_codes_and_has_its_own_status() -> None:
    for name, operation in _operations():
        for status in _refused(operation):
            problem = _problem(operation, status)
            assert problem["properties"]["code"]["enum"], f"{name} {status}"
            assert problem["properties"]["status"]["enum"] == [int(status)], f"{name} {status}"


def test_reads_have_a_tag_and_can_answer_304() -> None:
    for name, operation in _operations():
        sent = [each["$ref"].rpartition("/")[2] for each in operation["parameters"] if "$ref" in each]
        assert sent == (["AppVersion", "IfNoneMatch"] if name.startswith("get ") else ["AppVersion"])
        assert ("304" in operation["responses"]) == name.startswith("get ")
        answers = {status: set(answer.get("headers", {})) for status, answer in operation["responses"].items()}
        assert answers["429"] == {"Retry-After", "RateLimit", "RateLimit-Policy"}
        assert answers["503"] == {"Retry-After"}
        assert answers.get("401", {"WWW-Authenticate"}) == {"WWW-Authenticate"}
        assert ("ETag" in answers.get("200", ())) == name.startswith("get ")


def test_the_codes_of_an_operation_are_those_that_its_code_can_raise() -> None:
    assert _codes("start_trip") == {
        "400": ["malformed_request"],
        "401": ["unauthenticated"],
        "403": ["forbidden", "permission_missing", "request_blocked"],
        "404": ["not_found", "trip_not_found"],
        "409": ["trip_state_conflict"],
        "413": ["too_large"],
        "415": ["unsupported_media_type"],
        "422": ["happened_at_implausible", "invalid_input", "wrong_pin"],
        "426": ["app_too_old"],
        "429": ["pin_locked", "rate_limited"],
        "500": ["internal_error"],
        "503": ["database_unavailable", "trip_busy", "unavailable"],
    }


def test_a_problem_of_gateway_and_function_has_the_functions_members_as_optional() -> None:
    for _, operation in _operations():
        limited = _problem(operation, "429")
        assert limited["properties"]["retry_after_s"] == {"type": "integer"}
        assert "retry_after_s" not in limited["required"]


def test_an_operation_without_a_body_has_no_refusals_of_bodies() -> None:
    assert {"413", "415"}.isdisjoint(_codes("get_trip"))


def test_public_operations_need_no_sign_in() -> None:
    assert "unauthenticated" not in _codes("register").get("401", [])
    assert "forbidden" not in _codes("register").get("403", [])


def test_further_members_of_a_problem_are_typed() -> None:
    by_name = {operation["operationId"]: operation for _, operation in _operations()}
    wrong_pin = _problem(by_name["start_trip"], "422")["properties"]
    conflict = _problem(by_name["start_trip"], "409")
    forbidden = _problem(by_name["start_trip"], "403")["properties"]

    assert (wrong_pin["attempts_left"]["type"], wrong_pin["locked_until"]["format"]) == ("integer", "date-time")
    assert forbidden["permission"]["type"] == "string"
    assert conflict["properties"]["state"] == {
        "anyOf": [{"$ref": "#/components/schemas/TripState"}, {"const": "handed_back", "type": "string"}]
    }
    assert "state" in conflict["required"], "the one code of this status always tells the state"


def test_signing_out_is_answered_with_nothing() -> None:
    (logout,) = (operation for _, operation in _operations() if operation["operationId"] == "logout")

    assert "content" not in logout["responses"]["204"]


def test_operations_are_described_in_words() -> None:
    for name, operation in _operations():
        assert operation["summary"][0].isupper(), name
        assert "/v1/" not in operation["summary"], name
        assert operation["description"], name
        assert "Needs:" not in operation["description"], name
    tags = {tag["name"]: tag["description"] for tag in openapi.document()["tags"]}
    assert {tag for _, operation in _operations() for tag in operation["tags"]} == set(tags)
    assert all(tags.values())


def test_the_servers_are_nobodys_in_particular() -> None:
    (server,) = openapi.document()["servers"]
    (live,) = asyncapi.document()["servers"].values()

    assert set(server["variables"]) == set(live["variables"]) == {"api", "region", "stage"}


@pytest.mark.parametrize("document", [openapi.document, asyncapi.document])
def test_every_reference_resolves_and_nothing_is_left_over(document: Callable[[], Json]) -> None:
    made = document()
    mentioned = set(schemas.references(made))

    for reference in mentioned:
        assert isinstance(schemas.resolved(made, reference), dict)
    shared = {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}
    assert shared <= mentioned


def test_a_reference_to_nothing_is_refused() -> None:
    dangling = {"paths": {"$ref": "#/components/schemas/Gone"}, "components": {"schemas": {}}}

    with pytest.raises(schemas.DanglingReferenceError, match="Gone"):
        schemas.pruned(dangling)


def test_two_things_of_one_name_are_refused() -> None:
    names = {"Sync": {"type": "object"}}
    schemas.put(names, "Sync", {"type": "object"})

    with pytest.raises(schemas.NameClashError, match="Sync"):
        schemas.put(names, "Sync", {"type": "string"})


def test_states_and_events_are_enums() -> None:
    shared = asyncapi.document()["components"]["schemas"]
    updated, snapshot = shared["TripUpdated"]["properties"], shared["TripSnapshot"]["properties"]

    assert updated["state"]["enum"] == snapshot["state"]["enum"] == [state.value for state in TripState]
    assert {row.event for row in TRANSITIONS.values()} | {"TripRequested"} <= set(updated["event"]["enum"])
    assert shared["ScheduledRideUpdated"]["properties"]["state"]["enum"] == [state.value for state in RideState]
    assert shared["MissedEvent"]["properties"]["type"]["enum"] == updated["event"]["enum"]


def test_every_action_names_its_answers() -> None:
    document = asyncapi.document()
    replies = {
        name: {reference["$ref"].rpartition("/")[2] for reference in operation["reply"]["messages"]}
        for name, operation in document["operations"].items()
        if operation["action"] == "receive"
    }

    assert replies["location"] == {"LocationRecorded", "LocationRejected", "Problem"}
    assert replies["sync"] == {"Synced", "Problem"}
    assert all("Problem" in reply for reply in replies.values())


def test_messages_from_an_app_and_messages_to_it_have_different_names() -> None:
    messages = asyncapi.document()["components"]["messages"]

    assert (messages["Sync"]["name"], messages["Synced"]["name"]) == ("sync", "sync")
    assert "action" in messages["Sync"]["payload"]["properties"]
    assert "data" in messages["Synced"]["payload"]["properties"]


def test_every_action_may_carry_a_request_id_and_every_frame_may_repeat_it() -> None:
    for name, message in asyncapi.document()["components"]["messages"].items():
        assert "request_id" in message["payload"]["properties"], name
        assert "request_id" not in message["payload"].get("required", []), name


def is_schema(document: dict[str, Any]) -> bool:
    try:
        Draft202012Validator.check_schema(document)
    except SchemaError:
        return False
    return True


def test_every_frame_and_action_is_a_valid_schema() -> None:
    document = asyncapi.document()
    payloads = [message["payload"] for message in document["components"]["messages"].values()]
    schemas = [*payloads, *document["components"]["schemas"].values()]

    assert payloads
    assert [schema for schema in schemas if not is_schema(schema)] == []


def test_every_creating_operation_takes_an_idempotency_key() -> None:
    created = [
        operation
        for path, methods in openapi.document()["paths"].items()
        for method, operation in methods.items()
        if method == "post" and {"201", "202"} & set(operation["responses"]) and not path.startswith("/v1/auth/")
    ]
    without = [
        operation["operationId"]
        for operation in created
        if "idempotency-key" not in {parameter.get("name", "").lower() for parameter in operation["parameters"]}
    ]
    assert without == ["accept_offer", "decline_offer"], "answers to an offer create nothing: each is given once"
