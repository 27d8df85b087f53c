"""The product's public API as an app sees it: REST with a token, and one WebSocket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import uuid4

import httpx
import websockets

type Json = dict[str, Any]

_TRY_AGAIN_AFTER_S = (1.0, 2.0, 4.0)
_REPEATED_FOR_S = 60.0
"""A database that paused is back after about 15 s; a failover takes less."""

_now = time.monotonic
_pause = asyncio.sleep


class ApiProblemError(Exception):
    """The API refused: `status`, stable `code`, and the whole problem document. Its text is the problem's sentence."""

    def __init__(self, request: str, status: int, document: Json) -> None:
        super().__init__(f"{document.get('detail', document)} ({status} {document.get('code')}, {request})")
        self.status = status
        self.code = str(document.get("code"))
        self.document = document


def told(error: Exception) -> str:
    """A failed request for a person to read. Only errors of the network need their class: some have no text."""
    return str(error) if isinstance(error, ApiProblemError) else f"{type(error).__name__}: {error}"


class Api:
    """REST under one base URL. Every creating POST carries an `Idempotency-Key` of its own.

    A 503 with `Retry-After` is repeated for a minute, with the same key, as apps do it. An expired access token is
    replaced if there is a refresh token.
    """

    def __init__(
        self, rest_url: str, client: httpx.AsyncClient, token: str | None = None, refresh_token: str | None = None
    ) -> None:
        self._base = rest_url.rstrip("/")
        self._client = client
        self._token = token
        self._refresh_token = refresh_token

    def signed_in(self, token: str, refresh_token: str | None = None) -> Api:
        """The same API with a person's tokens."""
        return Api(self._base, self._client, token, refresh_token)

    async def get(self, path: str, **query: Any) -> Json:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: Json | None = None, *, idempotency_key: str | None = None) -> Json:
        headers = {"Idempotency-Key": idempotency_key or str(uuid4())}
        return await self._call("POST", path, json=body if body is not None else {}, headers=headers)

    async def put(self, path: str, body: Json) -> Json:
        return await self._call("PUT", path, json=body)

    async def patch(self, path: str, body: Json) -> Json:
        return await self._call("PATCH", path, json=body)

    async def status_of(self, method: str, path: str) -> int:
        """The HTTP status alone, of any value."""
        return (await self._send(method, path)).status_code

    async def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        headers = dict(arguments.pop("headers", {}))
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        return await self._client.request(method, self._base + path, headers=headers, **arguments)

    async def _answered(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        until = _now() + _REPEATED_FOR_S
        while True:
            answer = await self._send(method, path, **arguments)
            if answer.status_code == httpx.codes.UNAUTHORIZED and await self._renewed():
                answer = await self._send(method, path, **arguments)
            wait_s = _wait_s(answer)
            if wait_s is None or _now() + wait_s > until:
                return answer
            await _pause(wait_s)

    async def _renewed(self) -> bool:
        """Replace the access token. False if there is no refresh token, or it is not accepted."""
        if self._refresh_token is None:
            return False
        body = {"refresh_token": self._refresh_token}
        answer = await self._client.post(f"{self._base}/v1/auth/refresh", json=body)
        if answer.is_success:
            self._token = answer.json()["access_token"]
        return answer.is_success

    async def _call(self, method: str, path: str, **arguments: Any) -> Json:
        answer = await self._answered(method, path, **arguments)
        try:
            document = answer.json() if answer.content else {}
        except json.JSONDecodeError:
            document = {"detail": answer.text[:200]}
        if answer.status_code >= 400:
            raise ApiProblemError(f"{method} {path}", answer.status_code, document)
        return dict(document)


def _wait_s(answer: httpx.Response) -> float | None:
    """After how many seconds a service that is unavailable asks to be called again. None if it does not."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and told.isdecimal() else None


class LiveConnection:
    """A WebSocket to the product: actions out, frames in. Frames with an `id` seen before are dropped.

    So are API Gateway's own messages, which have no `type`: it says "Internal server error" if a function died with an
    action. An app learns of that by no answer.
    """

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._listeners: list[Callable[[Json], None]] = []
        self._seen: set[str] = set()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def open(cls, websocket_url: str, token: str) -> AsyncIterator[Self]:
        """Connect. A busy cloud is tried again after a while, as apps do; a refusal is raised at once."""
        async with await _connected(websocket_url, {"Authorization": f"Bearer {token}"}) as socket:
            connection = cls(socket)
            try:
                yield connection
            finally:
                connection._reader.cancel()

    def listen(self, listener: Callable[[Json], None]) -> None:
        """Call `listener` with every further frame."""
        self._listeners.append(listener)

    async def send(self, action: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"action": action, **fields}))

    async def _read(self) -> None:
        async for message in self._socket:
            frame = json.loads(message)
            if "type" not in frame or frame.get("id") in self._seen:
                continue
            self._seen.add(frame.get("id"))
            for listener in self._listeners:
                listener(frame)


async def _connected(url: str, headers: dict[str, str]) -> websockets.ClientConnection:
    for wait_s in (*_TRY_AGAIN_AFTER_S, None):
        try:
            return await websockets.connect(url, additional_headers=headers, max_queue=1024, ping_interval=None)
        except (TimeoutError, ConnectionError, websockets.InvalidStatus) as error:
            refused = isinstance(error, websockets.InvalidStatus) and error.response.status_code < 500
            if refused or wait_s is None:
                raise
            await asyncio.sleep(wait_s)
    raise AssertionError("the last try returns or raises")
