"""Routing, frames, connections and events of WebSocket APIs, without a server."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localstack_runtime.websocket.connections import Connection, Connections
from localstack_runtime.websocket.events import EventFactory, Handshake
from localstack_runtime.websocket.messages import (
    FRAME_LIMIT_BYTES,
    MESSAGE_LIMIT_BYTES,
    Assembler,
    TooBigError,
)
from localstack_runtime.websocket.routing import select_route

ACTION = "$request.body.action"
KEYS = {"$connect", "$disconnect", "$default", "location", "offer.accept"}


@pytest.mark.parametrize(
    ("expression", "message", "route"),
    [
        (ACTION, '{"action": "location"}', "location"),
        (ACTION, '{"action": "offer.accept"}', "offer.accept"),
        (ACTION, '{"action": "unknown"}', "$default"),
        (ACTION, '{"action": "$connect"}', "$default"),
        (ACTION, '{"action": 7}', "$default"),
        (ACTION, '{"action": {"a": 1}}', "$default"),
        (ACTION, '{"other": 1}', "$default"),
        (ACTION, "[1]", "$default"),
        (ACTION, "not json", "$default"),
        (ACTION, "[" * 30_000, "$default"),
        (ACTION, '{"action": "location", "a":' + "[" * 12_000 + "]" * 12_000 + "}", "$default"),
        (ACTION, b'{"action": "location"}', "$default"),
        ("$request.body.a.b", '{"a": {"b": "location"}}', "location"),
        ("$request.body.a.b", '{"a": "location"}', "$default"),
        ("${request.body.kind}.${request.body.verb}", '{"kind": "offer", "verb": "accept"}', "offer.accept"),
        ("$default", '{"action": "location"}', "$default"),
    ],
)
def test_the_selection_expression_chooses_the_route(expression: str, message: str | bytes, route: str) -> None:
    assert select_route(expression, message, KEYS) == route


def test_a_message_for_no_route_has_none_when_there_is_no_default() -> None:
    assert select_route(ACTION, '{"action": "x"}', {"location"}) is None


@dataclass
class Part:
    data: str | bytes
    frame_finished: bool = True
    message_finished: bool = True


def test_a_message_is_whole_when_its_last_part_has_come() -> None:
    assembler = Assembler()
    assert assembler.add(Part("a", frame_finished=False, message_finished=False)) is None
    assert assembler.add(Part("b", message_finished=False)) is None
    assert assembler.add(Part("c")) == "abc"
    assert assembler.add(Part(b"\x00")) == b"\x00"


def test_frames_and_messages_may_be_as_big_as_the_limits() -> None:
    assembler = Assembler()
    frame = "x" * FRAME_LIMIT_BYTES
    for _ in range(MESSAGE_LIMIT_BYTES // FRAME_LIMIT_BYTES - 1):
        assert assembler.add(Part(frame, message_finished=False)) is None
    message = assembler.add(Part(frame))
    assert message is not None
    assert len(message) == MESSAGE_LIMIT_BYTES


def test_a_frame_over_the_limit_is_refused_before_it_is_complete() -> None:
    assembler = Assembler()
    assembler.add(Part("x" * FRAME_LIMIT_BYTES, frame_finished=False, message_finished=False))
    with pytest.raises(TooBigError):
        assembler.add(Part("x", frame_finished=False, message_finished=False))


def test_characters_count_by_their_bytes() -> None:
    with pytest.raises(TooBigError):
        Assembler().add(Part("\N{BICYCLE}" * (FRAME_LIMIT_BYTES // 4 + 1)))


def test_a_message_over_the_limit_is_refused_though_each_frame_is_small() -> None:
    assembler = Assembler()
    for _ in range(MESSAGE_LIMIT_BYTES // 1024):
        assembler.add(Part("x" * 1024, message_finished=False))
    with pytest.raises(TooBigError):
        assembler.add(Part("x"))


@given(st.lists(st.tuples(st.text(max_size=50), st.booleans()), min_size=1, max_size=20))
def test_however_a_text_is_cut_it_comes_out_whole(cuts: list[tuple[str, bool]]) -> None:
    assembler = Assembler()
    parts = [Part(text, frame_finished=ends, message_finished=False) for text, ends in cuts]
    parts.append(Part("."))
    assert [found for part in parts if (found := assembler.add(part))] == ["".join(text for text, _ in cuts) + "."]


def connection(**changes: Any) -> Connection:
    defaults: dict[str, Any] = {
        "api_id": "api1",
        "stage": "local",
        "source_ip": "127.0.0.1",
        "user_agent": "test",
        "send": lambda _message: True,
        "close": lambda _code, _reason: None,
    }
    return Connection(**{**defaults, **changes})


def test_a_connection_is_found_at_its_stage_until_it_is_removed() -> None:
    connections, open_one = Connections(), connection()
    connections.add(open_one)
    assert connections.get("api1", "local", open_one.id) is open_one
    assert connections.get("api1", "other", open_one.id) is None
    connections.remove(open_one)
    connections.remove(open_one)
    assert connections.get("api1", "local", open_one.id) is None


def test_the_event_of_a_message_says_whose_it_is_and_what_the_authorizer_said() -> None:
    source = connection(authorizer={"principalId": "p", "person_id": "x"})
    event = EventFactory("host").message(source, "location", '{"action": "location"}')
    context = event["requestContext"]
    assert event["body"] == '{"action": "location"}'
    assert event["isBase64Encoded"] is False
    assert (context["eventType"], context["routeKey"]) == ("MESSAGE", "location")
    assert (context["connectionId"], context["apiId"], context["stage"]) == (source.id, "api1", "local")
    assert context["authorizer"] == {"principalId": "p", "person_id": "x"}


def test_binary_comes_as_base64() -> None:
    event = EventFactory("host").message(connection(), "$default", b"\x00\xff")
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)


def test_the_handshake_is_passed_on_with_all_values() -> None:
    handshake = Handshake([("X-A", "1"), ("X-A", "2")], [("token", "t")])
    event = EventFactory("host").authorize(connection(), handshake, "arn")
    assert (event["type"], event["methodArn"]) == ("REQUEST", "arn")
    assert event["headers"] == {"X-A": "2"}
    assert event["multiValueHeaders"] == {"X-A": ["1", "2"]}
    assert event["queryStringParameters"] == {"token": "t"}
    assert event["requestContext"]["eventType"] == "CONNECT"


def test_the_end_of_a_connection_is_told_with_its_code() -> None:
    context = EventFactory("host").disconnect(connection(), 1001, "Idle timeout")["requestContext"]
    assert (context["eventType"], context["disconnectStatusCode"]) == ("DISCONNECT", 1001)
    assert context["disconnectReason"] == "Idle timeout"
