"""The open connections of all WebSocket APIs."""

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


def new_connection_id() -> str:
    """An id in API Gateway's form: URL-safe base64 with its padding."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Connection:
    """A client, from its handshake on. `send` and `close` may be called from any thread.

    `send` returns whether the connection was still open.
    """

    api_id: str
    stage: str
    source_ip: str
    user_agent: str
    send: Callable[[str | bytes], bool]
    close: Callable[[int, str], None]
    id: str = field(default_factory=new_connection_id)
    authorizer: dict[str, Any] | None = None
    connected_at: datetime = field(default_factory=_now)
    last_active_at: datetime = field(default_factory=_now)

    def touch(self) -> None:
        """Note that something was sent or received just now."""
        self.last_active_at = _now()


class Connections:
    """The open connections."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str], Connection] = {}
        self._lock = threading.Lock()

    def add(self, connection: Connection) -> None:
        """Add a connection, so that messages can be sent to it."""
        with self._lock:
            self._open[connection.api_id, connection.stage, connection.id] = connection

    def get(self, api_id: str, stage: str, connection_id: str) -> Connection | None:
        """The open connection of that id at that stage."""
        return self._open.get((api_id, stage, connection_id))

    def remove(self, connection: Connection) -> None:
        """Remove a closed connection."""
        with self._lock:
            self._open.pop((connection.api_id, connection.stage, connection.id), None)
