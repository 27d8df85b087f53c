import boto3
import pytest

from functions.realtime import connect, default, disconnect, ping
from rideflow.kernel.access import Caller
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer, signed_in, websocket_event


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
    """It would never get a frame; the app tries again."""
    monkeypatch.setenv("REALTIME_CONNECTIONS_TABLE", "there-is-no-such-table")

    refused = answer(connect.app, websocket_event("$connect", None, rider))

    assert (refused.status, refused.code) == (500, "internal_error")
    assert "table" not in str(refused.body)


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
