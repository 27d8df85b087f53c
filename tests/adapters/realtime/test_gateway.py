import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import unquote

import pytest

from rideflow.realtime import gateway as module
from rideflow.realtime.errors import ConnectionGoneError, DeliveryFailedError
from rideflow.realtime.gateway import ManagementGateway


class Management(BaseHTTPRequestHandler):
    """API Gateway's management API, reduced to POST and DELETE: a status for each connection."""

    statuses: ClassVar[dict[str, int]] = {}
    received: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        connection_id = unquote(self.path.rsplit("/", 1)[1])
        self.received.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(self.statuses.get(connection_id, 200))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_DELETE(self) -> None:
        self.received.append((self.path, "DELETE"))
        self.send_response(self.statuses.get(unquote(self.path.rsplit("/", 1)[1]), 204))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Log nothing."""


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[ManagementGateway]:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(name, value)
    module._client.cache_clear()
    Management.received.clear()
    Management.statuses.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Management) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield ManagementGateway(f"http://127.0.0.1:{server.server_port}/local")
        server.shutdown()
    if module._client.cache_info().currsize:
        module._client(f"http://127.0.0.1:{server.server_port}/local").close()
    module._client.cache_clear()


def test_a_frame_is_posted_to_its_connection_whose_id_may_need_quoting(gateway: ManagementGateway) -> None:
    gateway.post("R0VrPfYFoAMCJrg=", '{"type":"hello","data":{"name":"Zoë"}}')

    assert Management.received == [
        ("/local/@connections/R0VrPfYFoAMCJrg%3D", '{"type":"hello","data":{"name":"Zoë"}}'),
    ]


def test_a_connection_that_the_gateway_does_not_know_is_gone(gateway: ManagementGateway) -> None:
    Management.statuses["dead="] = 410

    with pytest.raises(ConnectionGoneError):
        gateway.post("dead=", "{}")


@pytest.mark.parametrize("status", [403, 413, 429, 500])
def test_any_other_refusal_says_nothing_about_the_connection(gateway: ManagementGateway, status: int) -> None:
    Management.statuses["busy="] = status

    with pytest.raises(DeliveryFailedError):
        gateway.post("busy=", "{}")


def test_a_gateway_that_does_not_answer_is_a_failed_delivery(gateway: ManagementGateway) -> None:
    with pytest.raises(DeliveryFailedError):
        ManagementGateway("http://127.0.0.1:1/local").post("any=", "{}")


def test_a_connection_is_closed_by_its_id(gateway: ManagementGateway) -> None:
    gateway.close("R0VrPfYFoAMCJrg=")

    assert Management.received == [("/local/@connections/R0VrPfYFoAMCJrg%3D", "DELETE")]


@pytest.mark.parametrize(("status", "error"), [(410, ConnectionGoneError), (429, DeliveryFailedError)])
def test_closing_distinguishes_a_gone_connection_from_a_failure(
    gateway: ManagementGateway, status: int, error: type[Exception]
) -> None:
    Management.statuses["phone="] = status

    with pytest.raises(error):
        gateway.close("phone=")
