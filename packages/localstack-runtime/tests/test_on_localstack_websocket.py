"""WebSocket APIs on a running LocalStack, through a real client."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any

import boto3
import pytest
import websockets.sync.client as websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from deployed_cloud import Cloud
from waiting import eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def management(cloud: Cloud) -> Any:
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=cloud.management,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def socket(cloud: Cloud) -> Iterator[ClientConnection]:
    with websockets.connect(cloud.websocket("?token=alice")) as connection:
        yield connection


def asked(socket: ClientConnection, message: str | bytes) -> dict[str, Any]:
    socket.send(message)
    answer: dict[str, Any] = json.loads(socket.recv(timeout=10))
    return answer


def echo(**more: Any) -> str:
    return json.dumps({"action": "echo", **more})


def connection_id(socket: ClientConnection) -> str:
    return str(asked(socket, echo())["context"]["connectionId"])


def lose(socket: ClientConnection) -> None:
    """Cut the network on both sides. The client's threads notice and end; after a mere close they would wait."""
    socket.socket.shutdown(SHUT_RDWR)


def closed(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as ended:
        socket.recv(timeout=10)
    assert ended.value.rcvd is not None
    return int(ended.value.rcvd.code)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 401),
        ("?token=unknown", 401),
        ("?token=denied", 403),
        ("?token=broken", 500),
        ("?token=nonsense", 500),
        ("?token=alice&status=403", 403),
        ("?token=alice&status=500", 500),
    ],
)
def test_a_handshake_that_authorizer_or_function_refuses_is_an_http_status(
    cloud: Cloud, query: str, status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        websockets.connect(cloud.websocket(query)).__enter__()
    assert refused.value.response.status_code == status


def test_an_api_that_is_not_there_refuses(cloud: Cloud) -> None:
    with pytest.raises(InvalidStatus):
        websockets.connect(cloud.websocket().replace(cloud.outputs["SocketApi"], "absent")).__enter__()


def test_the_function_chooses_the_subprotocol(cloud: Cloud) -> None:
    with websockets.connect(cloud.websocket("?token=alice"), subprotocols=["v1.example"]) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == "v1.example"


def test_a_message_takes_its_route_with_what_the_authorizer_said(socket: ClientConnection) -> None:
    context = asked(socket, echo())["context"]
    assert (context["routeKey"], context["eventType"]) == ("echo", "MESSAGE")
    assert context["authorizer"]["person_id"] == "alice"
    assert context["authorizer"]["flag"] == "true"


@pytest.mark.parametrize("message", ["not json", '{"action": "unknown"}', '{"no": "action"}'])
def test_a_message_without_a_route_of_its_own_takes_the_default(socket: ClientConnection, message: str) -> None:
    assert asked(socket, message)["context"]["routeKey"] == "$default"


def test_a_binary_frame_arrives_as_base64_at_the_default_route(socket: ClientConnection) -> None:
    said = asked(socket, b"\x00\xff")
    assert (said["body"], said["base64"], said["context"]["routeKey"]) == ("AP8=", True, "$default")


def test_only_routes_that_were_told_to_answer_do(socket: ClientConnection) -> None:
    socket.send('{"action": "silent"}')
    assert asked(socket, echo())["context"]["routeKey"] == "echo"
    with pytest.raises(TimeoutError):
        socket.recv(timeout=0.5)


def test_a_message_in_many_frames_arrives_whole(socket: ClientConnection) -> None:
    socket.send(iter(['{"action": "echo", "x": "', *["y" * 20_000] * 5, '"}']))
    assert len(json.loads(socket.recv(timeout=10))["body"]) > 100_000


def test_a_frame_over_32_kilobytes_ends_the_connection(socket: ClientConnection) -> None:
    socket.send(echo(x="y" * 32 * 1024))
    assert closed(socket) == 1009


def test_a_message_over_128_kilobytes_ends_the_connection(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):  # the connection may have ended before the last frame of the message is sent
        socket.send(iter(["y" * 30_000] * 5))
    assert closed(socket) == 1009


def test_a_connection_on_which_nothing_happens_ends(cloud: Cloud) -> None:
    with websockets.connect(cloud.websocket("?token=alice"), ping_interval=None) as socket:
        assert closed(socket) == 1001


def test_the_messages_of_a_connection_are_handled_beside_each_other(socket: ClientConnection) -> None:
    slow = echo()
    started = time.monotonic()
    for _ in range(5):
        socket.send(slow)
    connections = {json.loads(socket.recv(timeout=10))["context"]["connectionId"] for _ in range(5)}
    assert len(connections) == 1
    assert time.monotonic() - started < 5


def test_a_back_end_can_send_ask_and_hang_up(socket: ClientConnection, management: Any) -> None:
    identifier = connection_id(socket)
    management.post_to_connection(ConnectionId=identifier, Data="grüße".encode())
    assert socket.recv(timeout=10) == "grüße"
    about = management.get_connection(ConnectionId=identifier)
    assert about["Identity"]["SourceIp"] == "127.0.0.1"
    assert about["ConnectedAt"] <= about["LastActiveAt"]
    management.delete_connection(ConnectionId=identifier)
    assert closed(socket) == 1000


def test_a_connection_that_is_gone_is_a_410_for_every_operation(cloud: Cloud, management: Any) -> None:
    with websockets.connect(cloud.websocket("?token=alice")) as socket:
        identifier = connection_id(socket)
    gone = management.exceptions.GoneException
    with pytest.raises(gone):
        management.post_to_connection(ConnectionId=identifier, Data=b"x")
    with pytest.raises(gone):
        management.get_connection(ConnectionId=identifier)
    with pytest.raises(gone):
        management.delete_connection(ConnectionId=identifier)


def test_a_connection_lost_without_a_word_is_gone_too(cloud: Cloud, management: Any) -> None:
    socket = websockets.connect(cloud.websocket("?token=alice")).__enter__()
    identifier = connection_id(socket)
    lose(socket)

    def gone() -> bool:
        try:
            management.get_connection(ConnectionId=identifier)
        except management.exceptions.GoneException:
            return True
        return False

    assert eventually(gone)


def test_a_message_too_big_to_send_is_refused_and_the_connection_stays(
    socket: ClientConnection, management: Any
) -> None:
    identifier = connection_id(socket)
    with pytest.raises(management.exceptions.PayloadTooLargeException):
        management.post_to_connection(ConnectionId=identifier, Data=b"x" * (128 * 1024 + 1))
    assert connection_id(socket) == identifier


@pytest.mark.parametrize(("hang_up", "code"), [("close", 1000), ("lose", 1006)])
def test_the_end_of_a_connection_is_always_told(cloud: Cloud, hang_up: str, code: int) -> None:
    socket = websockets.connect(cloud.websocket("?token=alice")).__enter__()
    identifier = connection_id(socket)
    if hang_up == "close":
        socket.close()
    else:
        lose(socket)
    log = cloud.function_logs / f"{cloud.outputs['Disconnect']}.log"

    def told() -> dict[str, Any] | None:
        lines = log.read_text().splitlines() if log.exists() else []
        contexts = [json.loads(line) for line in lines if line.startswith("{")]
        return next((context for context in contexts if context["connectionId"] == identifier), None)

    context = eventually(told)
    assert context["eventType"] == "DISCONNECT"
    assert context["disconnectStatusCode"] == code
    assert context["authorizer"]["person_id"] == "alice"
