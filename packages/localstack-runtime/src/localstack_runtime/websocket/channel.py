"""A WebSocket connection in LocalStack's server, driven by events instead of a thread of its own."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, override

from rolo.serving import twisted as rolo_server
from twisted.internet import reactor
from wsproto import events
from wsproto.connection import ConnectionState

from .messages import Assembler, TooBigError

NORMAL, GOING_AWAY, ABNORMAL, TOO_BIG = 1000, 1001, 1006, 1009
SEND_TIMEOUT_S = 10


@dataclass(frozen=True)
class Limits:
    """The longest idle time and the longest duration of a connection."""

    idle_s: float
    duration_s: float


@dataclass(frozen=True)
class Listener:
    """Callbacks for messages, and for the end with its code and reason. The server's thread calls them: never block."""

    on_message: Callable[[str | bytes], None]
    on_close: Callable[[int, str], None]


class EventChannel(rolo_server.WebSocketChannel):  # type: ignore[misc]
    """Like rolo's channel until `listen` is called; from then on it calls back and keeps the limits.

    rolo's own channel hands out partial messages, does not answer a closing handshake and writes from any thread.
    """

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self._listener: Listener | None = None
        self._assembler = Assembler()
        self._ended = False
        self._idle_s = 0.0
        self._timers: list[Any] = []

    def listen(self, listener: Listener, limits: Limits) -> None:
        """Deliver events from now on, those that came since the handshake first."""

        def start() -> None:
            self._listener, self._idle_s = listener, limits.idle_s
            self._timers = [
                reactor.callLater(limits.idle_s, self._close, GOING_AWAY, "Idle timeout"),
                reactor.callLater(limits.duration_s, self._close, GOING_AWAY, "Connection duration exceeded"),
            ]
            while not self.eventQueue.empty():
                self._handle(self.eventQueue.get_nowait())

        reactor.callFromThread(start)

    def send(self, message: str | bytes) -> bool:
        """Send a whole message; returns whether the connection was still open. Not for the server's own thread."""
        sent: Future[bool] = Future()
        reactor.callFromThread(lambda: sent.set_result(self._send(message)))
        return sent.result(timeout=SEND_TIMEOUT_S)

    def close_with(self, code: int, reason: str) -> None:
        """End the connection with a closing handshake."""
        reactor.callFromThread(self._close, code, reason)

    @override
    def dataReceived(self, data: bytes) -> None:
        if self._listener is None:
            super().dataReceived(data)
            return
        self._touch()
        self.wsproto.receive_data(data)
        for event in self.wsproto.events():
            self._handle(event)

    @override
    def connectionLost(self, reason: Any) -> None:
        if self._listener is None:
            super().connectionLost(reason)
        else:
            self._end(ABNORMAL, "Connection lost")

    def _handle(self, event: Any) -> None:
        assert self._listener is not None
        if self._ended:
            return
        if isinstance(event, events.Ping):
            self._write(event.response())
        elif isinstance(event, events.CloseConnection):
            if self.wsproto.state is ConnectionState.REMOTE_CLOSING:
                self._write(event.response())
            self._end(event.code or ABNORMAL, event.reason or "")
        elif isinstance(event, events.Message):
            try:
                message = self._assembler.add(event)
            except TooBigError:
                self._close(TOO_BIG, "Message too big")
                return
            if message is not None:
                self._listener.on_message(message)

    def _send(self, message: str | bytes) -> bool:
        if self._ended or self.wsproto.state is not ConnectionState.OPEN:
            return False
        kind = events.TextMessage if isinstance(message, str) else events.BytesMessage
        self._write(kind(data=message))
        self._touch()
        return True

    def _close(self, code: int, reason: str) -> None:
        if not self._ended:
            if self.wsproto.state is ConnectionState.OPEN:
                self._write(events.CloseConnection(code, reason))
            self._end(code, reason)

    def _end(self, code: int, reason: str) -> None:
        if self._ended:
            return
        self._ended = True
        for timer in self._timers:
            if timer.active():
                timer.cancel()
        self.request.transport.loseConnection()
        assert self._listener is not None
        self._listener.on_close(code, reason)

    def _touch(self) -> None:
        if self._timers and self._timers[0].active():
            self._timers[0].reset(self._idle_s)

    def _write(self, event: Any) -> None:
        self.request.transport.write(self.wsproto.send(event))


def install() -> None:
    """Make LocalStack's server use this class for its WebSocket connections."""
    rolo_server.WebSocketChannel = EventChannel
