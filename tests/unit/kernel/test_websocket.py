import json
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest

from rideflow.kernel import flood
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.frames import MAX_FRAME_BYTES, Action, Frame
from rideflow.kernel.geo import Point
from rideflow.kernel.websocket import Connection, websocket_lifecycle, websocket_route
from tests.functions.lambda_events import Json, answer, signed_in, websocket_event


class Wave(Action):
    action: Literal["wave"]
    at: Point
    mood: str = "fine"


class Waved(Frame):
    type: ClassVar[str] = "waved"
    mood: str


class TiredError(ConflictError):
    code = "tired"


def wave(wave: Wave, connection: Connection) -> Waved | None:
    match wave.mood:
        case "tired":
            raise TiredError("Not now.")
        case "crash":
            raise RuntimeError("password=hunter2")
        case "silent":
            return None
        case mood:
            return Waved(mood=f"{mood} on {connection.id}")


app = websocket_route(wave, action="wave", permission="location:write")
DRIVER = signed_in("driver")
HERE = {"lat": 37.7, "lng": -122.4}


def sent(data: Json | str, caller: Any = DRIVER, **more: Any) -> Json:
    returned = app({**websocket_event("wave", data, caller), **more}, None)
    return {"status": returned["statusCode"], **json.loads(returned.get("body", "{}"))}


def test_an_action_is_answered_with_a_frame() -> None:
    frame = sent({"at": HERE})

    assert (frame["status"], frame["type"], frame["data"]) == (200, "waved", {"mood": "fine on phone"})
    assert UUID(frame["id"]).version == 7
    assert datetime.fromisoformat(frame["at"]).tzinfo is not None


def test_an_action_without_an_answer_sends_nothing() -> None:
    assert sent({"at": HERE, "mood": "silent"}) == {"status": 200}


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ("{", 400, "malformed_request"),
        ("", 400, "malformed_request"),
        ("[]", 422, "invalid_input"),
        ({}, 422, "invalid_input"),
        ({"at": {"lat": 91, "lng": 0}}, 422, "invalid_input"),
        ({"at": HERE, "colour": "red"}, 422, "invalid_input"),
        ({"at": HERE, "action": "other"}, 422, "invalid_input"),
        ({"at": HERE, "mood": "\x00"}, 400, "malformed_request"),
        ({"at": HERE, "mood": "x" * MAX_FRAME_BYTES}, 413, "too_large"),
        ({"at": HERE, "mood": "tired"}, 409, "tired"),
        ({"at": HERE, "mood": "crash"}, 500, "internal_error"),
    ],
)
def test_a_refusal_is_a_problem_frame_with_its_code(data: Json | str, status: int, code: str) -> None:
    frame = sent(data)

    assert (frame["status"], frame["type"], frame["data"]["code"]) == (status, "problem", code)
    assert "hunter2" not in json.dumps(frame)


def test_binary_frames_are_not_read() -> None:
    assert sent({"at": HERE}, isBase64Encoded=True)["data"]["code"] == "malformed_request"


def test_missing_sign_in_and_missing_permission_are_different_refusals() -> None:
    assert (sent({"at": HERE}, None)["status"], sent({"at": HERE}, signed_in("rider"))["status"]) == (401, 403)


def test_a_lifecycle_route_reads_no_body() -> None:
    seen: list[str] = []
    opened = websocket_lifecycle(lambda connection: seen.append(connection.id))

    assert answer(opened, websocket_event("$connect", "not json", DRIVER)).status == 200
    assert seen == ["phone"]


def test_a_size_is_counted_in_bytes_not_characters() -> None:
    text = json.dumps({"action": "wave", "at": HERE, "mood": "€" * (MAX_FRAME_BYTES // 2)}, ensure_ascii=False)

    assert sent(text)["data"]["code"] == "too_large"


def test_an_answer_carries_the_request_id_of_its_action() -> None:
    assert sent({"at": HERE, "request_id": "7f9c"})["request_id"] == "7f9c"
    assert "request_id" not in sent({"at": HERE})


@pytest.mark.parametrize(
    "data",
    [
        {"at": HERE, "mood": "tired"},
        {"at": HERE, "mood": "crash"},
        {"at": {"lat": 91, "lng": 0}},
        {"at": HERE, "colour": "red"},
        {"at": HERE, "mood": "x" * MAX_FRAME_BYTES},
        {"at": HERE, "mood": "\u0000"},
    ],
    ids=["refused", "crashed", "out of range", "unknown field", "too large", "unstorable"],
)
def test_a_problem_names_the_action_and_the_request_that_it_answers(data: Json) -> None:
    frame = sent({**data, "request_id": "7f9c"})

    assert (frame["type"], frame["request_id"]) == ("problem", "7f9c")
    assert (frame["data"]["action"], frame["data"]["request_id"]) == ("wave", "7f9c")


def test_a_refusal_names_the_missing_permission() -> None:
    frame = sent({"at": HERE, "request_id": "7f9c"}, signed_in("rider"))

    assert (frame["data"]["code"], frame["data"]["action"]) == ("permission_missing", "wave")
    assert frame["request_id"] == "7f9c"


@pytest.mark.parametrize("request_id", [7, "", "x" * 65, "two words", "tab\t", " 7", ["7f9c"], {"a": 1}, True])
def test_a_request_id_that_cannot_be_repeated_is_refused_by_its_name(request_id: object) -> None:
    frame = sent({"at": HERE, "request_id": request_id})

    assert frame["data"]["errors"][0]["field"] == "request_id"
    assert "request_id" not in frame
    assert "request_id" not in frame["data"]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('{"action": "dance"}', "dance"),
        ('{"action": "dance", "mood": [}', None),
        ("hello", None),
        ("", None),
        ("[1, 2]", None),
        ('{"action": 7}', None),
        ('{"action": "' + "x" * 65 + '"}', None),
        ('{"action": "dance", "steps": ' + "9" * 5000 + "}", None),
        ("[" * 30_000, None),
    ],
)
def test_a_message_that_takes_no_route_is_answered_as_far_as_it_can_be_read(text: str, action: str | None) -> None:
    def refuse(_connection: Connection) -> None:
        raise TiredError("Not now.")

    returned = websocket_lifecycle(refuse)(websocket_event("$default", text, DRIVER), None)
    frame = json.loads(returned["body"])

    assert (returned["statusCode"], frame["data"]["action"]) == (409, action)


def test_an_unknown_action_gets_its_request_id_back() -> None:
    def refuse(_connection: Connection) -> None:
        raise TiredError("Not now.")

    event = websocket_event("$default", {"action": "dance", "request_id": "7f9c"} | {}, DRIVER)
    frame = json.loads(websocket_lifecycle(refuse)(event, None)["body"])

    assert frame["request_id"] == frame["data"]["request_id"] == "7f9c"


@pytest.mark.parametrize("route", ["wave", "$default"])
def test_a_connection_that_floods_is_told_so_for_any_message(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    still = flood.ConnectionBuckets(lambda: 0.0)
    monkeypatch.setattr(flood, "connection_buckets", lambda: still)

    def refuse(_connection: Connection) -> None:
        raise TiredError("Not now.")

    handler = app if route == "wave" else websocket_lifecycle(refuse)
    event = websocket_event(route, {"at": HERE, "mood": "tired", "request_id": "7f9c"}, DRIVER)
    statuses = [handler(event, None)["statusCode"] for _ in range(flood.BURST + 2)]

    assert statuses == [409] * flood.BURST + [429] * 2
    told = json.loads(handler(event, None)["body"])
    assert (told["request_id"], told["data"]["code"], told["data"]["retry_after_s"]) == ("7f9c", "rate_limited", 1)


def test_handshakes_and_goodbyes_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    still = flood.ConnectionBuckets(lambda: 0.0)
    monkeypatch.setattr(flood, "connection_buckets", lambda: still)
    for _ in range(flood.BURST):
        still.take("phone")

    for kind in ("CONNECT", "DISCONNECT"):
        event = websocket_event(f"${kind.lower()}", "", DRIVER)
        event["requestContext"]["eventType"] = kind
        assert websocket_lifecycle(lambda _connection: None)(event, None) == {"statusCode": 200}


def test_what_is_refused_is_logged_and_what_is_served_is_not(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        sent({"at": HERE})
        assert caplog.records == []
        sent({"at": HERE, "mood": "tired"})

    (line,) = caplog.records
    assert (line.message, line.__dict__["action"], line.__dict__["code"]) == ("message refused", "wave", "tired")
