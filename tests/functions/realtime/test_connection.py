import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import pytest

from functions.realtime import connect, default, disconnect, on_user_logged_out, ping
from rideflow.kernel.access import Caller
from rideflow.kernel.sessions import EndedSessions
from rideflow.realtime.errors import DeliveryFailedError
from rideflow.realtime.gateway import ManagementGateway
from rideflow.realtime.service import MOST_OPEN
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer, event_of, signed_in, sqs_event, websocket_event


@pytest.fixture
def rider(cloud: Cloud) -> Caller:
    return signed_in("rider")


def listed() -> set[str]:
    items = boto3.client("dynamodb").scan(TableName="connections")["Items"]
    return {item["connection_id"]["S"] for item in items}


def test_a_connection_is_listed_while_it_is_open(rider: Caller) -> None:
    assert answer(connect.app, websocket_event("$connect", None, rider, "phone")).status == 200
    assert answer(connect.app, websocket_event("$connect", None, rider, "tablet")).status == 200
    assert listed() == {"phone", "tablet"}

    assert answer(disconnect.app, websocket_event("$disconnect", None, rider, "phone")).status == 200
    assert listed() == {"tablet"}


def test_a_connection_is_logged_with_its_person(rider: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        answer(connect.app, websocket_event("$connect", None, rider))

    (line,) = [record for record in caplog.records if record.message == "connected"]
    assert line.__dict__["person_id"] == str(rider.id)


def test_news_of_a_hang_up_may_come_twice(rider: Caller) -> None:
    answer(connect.app, websocket_event("$connect", None, rider))

    for _ in range(2):
        assert answer(disconnect.app, websocket_event("$disconnect", None, rider)).status == 200
    assert listed() == set()


def test_somebody_without_a_role_does_not_connect(cloud: Cloud) -> None:
    refused = answer(connect.app, websocket_event("$connect", None, signed_in()))

    assert (refused.status, refused.code) == (403, "permission_missing")
    assert listed() == set()


def test_nobody_connects_without_signing_in(cloud: Cloud) -> None:
    assert answer(connect.app, websocket_event("$connect")).status == 401
    assert listed() == set()


def test_a_connection_that_cannot_be_listed_is_not_opened(rider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unlisted connection would never get a frame; the app tries again."""
    monkeypatch.setenv("REALTIME_CONNECTIONS_TABLE", "there-is-no-such-table")

    refused = answer(connect.app, websocket_event("$connect", None, rider))

    assert (refused.status, refused.code) == (500, "internal_error")
    assert "table" not in str(refused.body)


def test_one_connection_too_many_closes_the_oldest(rider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(ManagementGateway, "close", lambda _gateway, connection_id: closed.append(connection_id))
    names = [f"app-{number}" for number in range(MOST_OPEN + 1)]

    assert {answer(connect.app, websocket_event("$connect", None, rider, name)).status for name in names} == {200}

    assert (closed, listed()) == (["app-0"], set(names[1:]))


def test_ping_is_answered_with_pong(rider: Caller) -> None:
    pong = answer(ping.app, websocket_event("ping", {}, rider))

    assert (pong.status, pong.body["type"], pong.body["data"]) == (200, "pong", {"status": "ok"})


def test_a_ping_with_more_in_it_is_refused(rider: Caller) -> None:
    refused = answer(ping.app, websocket_event("ping", {"payload": "x"}, rider))

    assert (refused.body["type"], refused.code) == ("problem", "invalid_input")


@pytest.mark.parametrize("text", ['{"action": "dance"}', "{}", "hello", "", "[1, 2]", '{"action": null}'])
def test_a_message_that_no_route_takes_is_answered_with_a_problem(rider: Caller, text: str) -> None:
    refused = answer(default.app, websocket_event("$default", text, rider))

    assert (refused.body["type"], refused.code) == ("problem", "unknown_action")


def test_a_binary_frame_is_answered_with_a_problem(rider: Caller) -> None:
    event = websocket_event("$default", "AAEC", rider) | {"isBase64Encoded": True}

    assert default.app(event, LambdaContext())["body"].startswith('{"type":"problem"')


def signed_out_event(rider: Caller, session: str | None) -> dict[str, Any]:
    detail = {
        "id": str(uuid4()),
        "at": datetime.now(UTC).isoformat(),
        "person_id": str(rider.id),
        "session": session,
        "reason": "signed_out",
    }
    return sqs_event(event_of("UserLoggedOut", "rideflow.identity", detail))


def test_signing_out_closes_the_connections_of_the_session(rider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(ManagementGateway, "close", lambda _gateway, connection_id: closed.append(connection_id))
    monkeypatch.setattr(ManagementGateway, "post", lambda _gateway, _id, text: told.append(json.loads(text)))
    for connection_id, session in (("phone", "session-1"), ("tablet", "session-2")):
        answer(connect.app, websocket_event("$connect", None, replace(rider, session=session), connection_id))

    failures = on_user_logged_out.app(signed_out_event(rider, "session-1"), LambdaContext())

    assert failures == {"batchItemFailures": []}
    assert (closed, listed()) == (["phone"], {"tablet"})
    assert [(frame["type"], frame["data"]) for frame in told] == [("session.ended", {"reason": "signed_out"})]


def test_a_socket_that_could_not_be_closed_is_tried_again(rider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_gateway: ManagementGateway, *_asked: str) -> None:
        raise DeliveryFailedError("ServiceUnavailable")

    monkeypatch.setattr(ManagementGateway, "close", busy)
    monkeypatch.setattr(ManagementGateway, "post", busy)
    answer(connect.app, websocket_event("$connect", None, replace(rider, session="session-1"), "phone"))

    failures = on_user_logged_out.app(signed_out_event(rider, "session-1"), LambdaContext())

    assert len(failures["batchItemFailures"]) == 1
    assert listed() == {"phone"}


def test_a_session_that_ended_while_it_connected_opens_nothing(rider: Caller) -> None:
    EndedSessions("ended-sessions").end(rider.id, "session-1", datetime.now(UTC))

    refused = answer(connect.app, websocket_event("$connect", None, replace(rider, session="session-1"), "phone"))

    assert (refused.status, refused.code) == (401, "session_ended")
    assert listed() == set()
    assert answer(connect.app, websocket_event("$connect", None, replace(rider, session="session-2"))).status == 200


@pytest.mark.parametrize(("issued_s_later", "status"), [(0, 401), (1, 200)])
def test_a_token_that_was_issued_after_all_sessions_ended_opens_a_connection(
    rider: Caller, issued_s_later: int, status: int
) -> None:
    ended_at = datetime.now(UTC)
    EndedSessions("ended-sessions").end(rider.id, None, ended_at)
    person = replace(rider, session="session-3", issued_at=int(ended_at.timestamp()) + issued_s_later)

    assert answer(connect.app, websocket_event("$connect", None, person, "phone")).status == status

    assert listed() == ({"phone"} if status == 200 else set())
