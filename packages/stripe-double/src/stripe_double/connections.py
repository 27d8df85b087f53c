"""Connections that can be broken: failures of the network that no HTTP answer can show."""

import asyncio
import socket
import struct
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "stripe_double.transport"
_NO_LINGER = struct.pack("ii", 1, 0)


class BreakableConnection(H11Protocol):
    """HTTP/1.1 that lets the application reach the transport under its request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        application: Any = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[_TRANSPORT] = transport
            await application(scope, receive, send)

        self.app = with_transport


class NoAnswer(Response):
    """For a request whose connection is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def reset(request: Request) -> Response:
    """Break the connection so that the client sees a reset (RST) rather than an orderly end."""
    transport = request.scope["extensions"][_TRANSPORT]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    return await close(request)


async def close(request: Request) -> Response:
    request.scope["extensions"][_TRANSPORT].abort()
    await _gone(request)
    return NoAnswer()


async def hang(request: Request, seconds: float | None) -> Response:
    """Send nothing until the client gives up, or for the given time; then close."""
    try:
        async with asyncio.timeout(seconds):
            await _gone(request)
    except TimeoutError:
        return await close(request)
    return NoAnswer()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
