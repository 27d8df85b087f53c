"""Assembles a connection's frames into messages, within API Gateway's limits."""

from typing import Protocol

FRAME_LIMIT_BYTES = 32 * 1024
MESSAGE_LIMIT_BYTES = 128 * 1024


class TooBigError(Exception):
    """A frame or message over the limit: the connection ends with code 1009."""


class Part(Protocol):
    """A part of a frame, as a WebSocket library returns it while the frame comes in."""

    @property
    def data(self) -> str | bytes | bytearray:
        """The part's content."""

    @property
    def frame_finished(self) -> bool:
        """Whether it ends a frame."""

    @property
    def message_finished(self) -> bool:
        """Whether it ends the message."""


class Assembler:
    """Collects the parts of one connection's messages."""

    def __init__(self) -> None:
        self._parts: list[str | bytes] = []
        self._frame_bytes = 0
        self._message_bytes = 0

    def add(self, part: Part) -> str | bytes | None:
        """The whole message when this part completes one. Raises `TooBigError`."""
        data = part.data if isinstance(part.data, str) else bytes(part.data)
        size = len(data.encode()) if isinstance(data, str) else len(data)
        self._frame_bytes += size
        self._message_bytes += size
        if self._frame_bytes > FRAME_LIMIT_BYTES or self._message_bytes > MESSAGE_LIMIT_BYTES:
            raise TooBigError
        self._parts.append(data)
        if part.frame_finished:
            self._frame_bytes = 0
        if not part.message_finished:
            return None
        parts, self._parts, self._message_bytes = self._parts, [], 0
        if isinstance(data, str):
            return "".join(piece for piece in parts if isinstance(piece, str))
        return b"".join(piece for piece in parts if isinstance(piece, bytes))
