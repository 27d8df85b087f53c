"""Lambda's Runtime API for one execution environment, over a loopback socket.

The runtime client keeps one connection and alternates `GET /runtime/invocation/next` with a POST of the outcome, so a
blocking loop over a raw socket is all it takes; a general HTTP server costs more per request than many handlers do.
Protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import queue
import socket
import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

PREFIX = "/2018-06-01/runtime"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"OK"}'
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class InitError(Exception):
    """The function's module could not be initialised; `payload` is the error document its runtime reported."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload.decode(errors="replace"))
        self.payload = payload


@dataclass(frozen=True)
class Outcome:
    """The result of an invocation: the function's JSON answer, or an error document."""

    payload: bytes
    is_error: bool


@dataclass
class Invocation:
    """One event on its way through the runtime."""

    request_id: str
    function_arn: str
    trace_id: str
    payload: bytes
    timeout_s: float
    client_context: str | None = None
    outcome: "Future[Outcome]" = field(default_factory=Future)

    def settle(self, outcome: Outcome) -> None:
        """Set the answer, unless there is one."""
        with suppress(InvalidStateError):
            self.outcome.set_result(outcome)

    def as_response(self) -> bytes:
        """The answer to `invocation/next` that hands this event to the runtime."""
        headers = [
            "HTTP/1.1 200 OK",
            "Content-Type: application/json",
            f"Lambda-Runtime-Aws-Request-Id: {self.request_id}",
            f"Lambda-Runtime-Invoked-Function-Arn: {self.function_arn}",
            f"Lambda-Runtime-Trace-Id: {self.trace_id}",
            f"Lambda-Runtime-Deadline-Ms: {int((time.time() + self.timeout_s) * 1000)}",
            f"Content-Length: {len(self.payload)}",
        ]
        if self.client_context:
            headers.append(f"Lambda-Runtime-Client-Context: {self.client_context}")
        return "\r\n".join(headers).encode() + b"\r\n\r\n" + self.payload


@dataclass(frozen=True)
class Request:
    """The part of an HTTP request that the Runtime API looks at."""

    method: str
    path: str
    body: bytes


class RuntimeApi:
    """Serves one runtime process. Invocations are handed over one at a time, in order.

    `ready` resolves when the runtime first asks for work, or fails with `InitError`.
    """

    def __init__(self) -> None:
        self.ready: Future[None] = Future()
        self._pending: queue.Queue[Invocation | None] = queue.Queue()
        self._current: Invocation | None = None
        self._gone = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, port = self._listener.getsockname()
        self.address = f"{host}:{port}"
        threading.Thread(target=self._accept, name=f"runtime-api-{port}", daemon=True).start()

    def submit(self, invocation: Invocation) -> bool:
        """Queue an event for the runtime; its `outcome` resolves with the answer. False when the runtime is gone."""
        with self._lock:
            if self._gone:
                return False
            self._current = invocation
        self._pending.put(invocation)
        return True

    def fail(self, payload: bytes) -> None:
        """The process is gone: its invocation ends with this error."""
        with self._lock:
            self._gone = True
        self._fail_init(payload)
        if self._current:
            self._current.settle(Outcome(payload, is_error=True))

    def close(self) -> None:
        """Stop listening and let a waiting runtime end."""
        self._pending.put(None)
        # Closing alone leaves the thread that waits in accept() asleep.
        with suppress(OSError):  # "not connected", which some systems report and others do not
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), name="runtime-api-client", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                while request := read_request(stream, connection):
                    connection.sendall(self._respond(request))
            except OSError:
                return

    def _respond(self, request: Request) -> bytes:
        match request.path.removeprefix(PREFIX).strip("/").split("/"):
            case ["invocation", "next"]:
                return self._next()
            case ["invocation", request_id, kind]:
                self._finish(request_id, Outcome(request.body, is_error=kind == "error"))
            case ["init", "error"]:
                self._fail_init(request.body)
        return ACCEPTED

    def _next(self) -> bytes:
        if not self.ready.done():
            self.ready.set_result(None)
        invocation = self._pending.get()
        return invocation.as_response() if invocation else GONE

    def _finish(self, request_id: str, outcome: Outcome) -> None:
        # An answer to an invocation that timed out meanwhile is dropped.
        if self._current and self._current.request_id == request_id:
            self._current.settle(outcome)

    def _fail_init(self, payload: bytes) -> None:
        with suppress(InvalidStateError):
            self.ready.set_exception(InitError(payload))


def read_request(stream: BinaryIO, connection: socket.socket) -> Request | None:
    """The next HTTP request of a connection; None at its end.

    A runtime that is killed amid a request has not made it: half of an answer is none, and must not be taken for one.
    """
    try:
        line = _line(stream).split(b" ")
        headers: dict[bytes, bytes] = {}
        while (header := _line(stream).strip()) != b"":
            name, _, value = header.partition(b":")
            headers[name.lower()] = value.strip()
        if headers.get(b"expect", b"").lower() == b"100-continue":
            connection.sendall(CONTINUE)
        if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            body = _read_chunks(stream)
        else:
            body = _exactly(stream, int(headers.get(b"content-length", b"0")))
    except EOFError:
        return None
    return Request(line[0].decode(), line[1].decode(), body)


def _read_chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while size := int(_line(stream).split(b";")[0], 16):
        body += _exactly(stream, size)
        _line(stream)
    _line(stream)
    return bytes(body)


def _line(stream: BinaryIO) -> bytes:
    """The next line; raises `EOFError` if the connection ends before the line does."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def _exactly(stream: BinaryIO, size: int) -> bytes:
    """So many bytes; raises `EOFError` if there are fewer."""
    read = stream.read(size)
    if len(read) < size:
        raise EOFError
    return read
