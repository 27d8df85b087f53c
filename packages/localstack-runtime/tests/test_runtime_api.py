"""The Runtime API as a runtime meets it on a socket, and what it makes of one that is killed while it answers."""

import socket
from collections.abc import Iterator

import pytest

from localstack_runtime.lambda_executor.runtime_api import PREFIX, Invocation, Outcome, RuntimeApi

ANSWER = b'{"fare": 1250}'
ASK = f"GET {PREFIX}/invocation/next HTTP/1.1\r\n\r\n".encode()
_RESPOND = f"POST {PREFIX}/invocation/r-1/response HTTP/1.1\r\n".encode()
BY_LENGTH = _RESPOND + b"Content-Length: 14\r\n\r\n" + ANSWER
IN_CHUNKS = (
    _RESPOND + b"Transfer-Encoding: chunked\r\n\r\n8\r\n" + ANSWER[:8] + b"\r\n6\r\n" + ANSWER[8:] + b"\r\n0\r\n\r\n"
)
DIED = Outcome(b"died", is_error=True)


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    api = RuntimeApi()
    yield api
    api.close()


def answered(api: RuntimeApi, sent: bytes) -> Outcome:
    """The outcome of an invocation whose runtime sends these bytes, and then is gone."""
    invocation = Invocation("r-1", "arn", "trace", b"{}", timeout_s=10)
    assert api.submit(invocation)
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as runtime, runtime.makefile("rb") as heard:
        runtime.sendall(ASK)
        while heard.readline().strip():
            pass
        assert heard.read(2) == b"{}"
        runtime.sendall(sent)
        runtime.shutdown(socket.SHUT_WR)
        while heard.read(1024):  # until the API has read all, and closed the connection
            pass
    api.fail(DIED.payload)
    return invocation.outcome.result(timeout=10)


@pytest.mark.parametrize("answer", [BY_LENGTH, IN_CHUNKS])
def test_an_answer_that_came_whole_counts_although_its_runtime_died_then(api: RuntimeApi, answer: bytes) -> None:
    assert answered(api, answer) == Outcome(ANSWER, is_error=False)


@pytest.mark.parametrize(
    ("answer", "length"), [(answer, length) for answer in (BY_LENGTH, IN_CHUNKS) for length in range(0, len(answer), 5)]
)
def test_an_answer_that_a_kill_cut_off_is_none_wherever_it_was_cut(api: RuntimeApi, answer: bytes, length: int) -> None:
    assert answered(api, answer[:length]) == DIED
