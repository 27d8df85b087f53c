"""A function that is invoked by name, at a service that answers like Lambda."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rideflow.kernel import invoking
from rideflow.kernel.invoking import Function, InvokedFunctionError
from rideflow.kernel.model import Message


class Kettle(Message):
    litres: float = 1.5
    owner: str = "Augusta Lovelace"


class Lambda:
    """The requests that came, and the answer to the next one."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, object]] = []
        self.headers: dict[str, str] = {}
        self.status, self.body = 200, b"null"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    service = Lambda()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            service.invoked.append((self.path, json.loads(sent)))
            self.send_response(service.status)
            for name, value in {**service.headers, "Content-Length": str(len(service.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(service.body)

        def log_message(self, *_ignored: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        for name, value in {
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{server.server_port}",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        invoking._client.cache_clear()
        yield service
        invoking._client().close()
        invoking._client.cache_clear()
        server.shutdown()
        thread.join()


def test_the_message_is_the_payload_of_one_invocation(service: Lambda) -> None:
    Function("boil")(Kettle())

    assert service.invoked == [("/2015-03-31/functions/boil/invocations", {"litres": 1.5, "owner": "Augusta Lovelace"})]


def test_an_error_of_the_function_is_an_error_of_the_call_and_quotes_nothing(service: Lambda) -> None:
    service.headers = {"X-Amz-Function-Error": "Unhandled"}
    service.body = json.dumps({"errorType": "ValueError", "errorMessage": "Augusta Lovelace"}).encode()

    with pytest.raises(InvokedFunctionError) as failed:
        Function("boil")(Kettle())

    assert "Lovelace" not in str(failed.value)


@pytest.mark.parametrize("status", [429, 500])
def test_a_lambda_that_runs_nothing_is_an_error_at_once(service: Lambda, status: int) -> None:
    service.status, service.body = status, b"{}"

    with pytest.raises(InvokedFunctionError):
        Function("boil")(Kettle())

    assert len(service.invoked) == 1
