"""REST and WebSocket round trips on the running local cloud, each beside an empty Lambda's on the same stack.

Both sides go through the same gateway and the same kind of process. The product adds the authorizer's verdict, the
handler, its stores, and the events of a request that changes something.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import websockets

from benchmarks.empty import EmptyLambda, empty_lambda
from benchmarks.fixtures import DROPOFF, PICKUP
from benchmarks.timing import Timed, side_by_side_async
from local import paths
from local.demo import LocalMailbox
from local.emulators import local_client
from local.locks import holder
from local.record import StackRecord, load
from simulation.api import Api
from simulation.people import Account, operator, sign_up

type Json = dict[str, Any]
type Call = Callable[[], Awaitable[object]]

_WARM_UP = 20
_ANSWER_S = 30.0
_CALLS_OF_A_RIDER, _MESSAGES_OF_A_CONNECTION = 50, 200
"""Calls within the limits (`kernel/limits.py`, `kernel/flood.py`): they are shared by as many people as needed."""


class NotRunningError(Exception):
    """There is no stack to measure; the message says how to get one."""


@dataclass(frozen=True)
class RoundTrip:
    """Milliseconds from the client's question to its answer. `ratio` is that of the two medians."""

    name: str
    p50_ms: float
    p99_ms: float
    empty_p50_ms: float
    ratio: float

    @classmethod
    def of(cls, name: str, ours: Timed, empty: Timed) -> RoundTrip:
        milliseconds = [round(us / 1000, 2) for us in (ours.p50_us, ours.p99_us, empty.p50_us)]
        return cls(name, milliseconds[0], milliseconds[1], milliseconds[2], round(ours.p50_us / empty.p50_us, 2))


class Talk:
    """A WebSocket on which one question at a time is asked."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def ask(self, question: Json, answer: str | None) -> None:
        """Returns the next frame of that type (any type for None); other frames are skipped."""
        await self._socket.send(json.dumps(question))
        async with asyncio.timeout(_ANSWER_S):
            while True:
                frame = json.loads(await self._socket.recv())
                if answer is None or frame["type"] == answer:
                    return
                if frame["type"] == "problem":
                    raise RuntimeError(f"the route under measurement refused: {frame}")


class EndToEnd:
    """The clients of both sides, signed in and connected."""

    def __init__(self, record: StackRecord, empty: EmptyLambda, exits: AsyncExitStack) -> None:
        self._record = record
        self._empty = empty
        self._exits = exits

    async def round_trips(self, repeats: int) -> AsyncIterator[RoundTrip]:
        http = await self._exits.enter_async_context(httpx.AsyncClient(timeout=_ANSWER_S))
        api = Api(self._record.rest_url, http)
        calls = repeats + _WARM_UP
        riders = itertools.cycle([await self._rider(api) for _ in range(1 + calls // _CALLS_OF_A_RIDER)])
        token = await self._online_driver(api)
        lines = 1 + 2 * calls // _MESSAGES_OF_A_CONNECTION
        live = itertools.cycle([await self._talk(self._record.websocket_url, token) for _ in range(lines)])
        empty, silent = Api(self._empty.rest_url, http), await self._talk(self._empty.websocket_url, token)
        wish = {"pickup": PICKUP.model_dump(), "dropoff": DROPOFF.model_dump(), "product": "economy"}

        def position() -> Json:
            now = datetime.now(UTC).isoformat()
            return {"action": "location", **PICKUP.model_dump(), "recorded_at": now, "ack": True}

        sides: dict[str, tuple[Call, Call]] = {
            "GET /v1/riders/me": (lambda: next(riders).api.get("/v1/riders/me"), lambda: empty.get("/")),
            "POST /v1/quotes": (lambda: next(riders).api.post("/v1/quotes", wish), lambda: empty.post("/", wish)),
            "ping": (lambda: next(live).ask({"action": "ping"}, "pong"), lambda: silent.ask({"action": "ping"}, None)),
            "location": (lambda: next(live).ask(position(), "location.recorded"), lambda: silent.ask(position(), None)),
        }
        for name, both in sides.items():
            await side_by_side_async(_WARM_UP, *both)
            yield RoundTrip.of(name, *await side_by_side_async(repeats, *both))

    async def _rider(self, api: Api) -> Account:
        return await sign_up(api, LocalMailbox(), "rider", f"rider-{uuid4().hex[:12]}")

    async def _online_driver(self, api: Api) -> str:
        """The token of a driver who is online at the pickup, and offline when the measuring is over."""
        account = await sign_up(api, LocalMailbox(), "driver", f"driver-{uuid4().hex[:12]}")
        person = {"name": "Driver", "phone": "+14155550100", "licence": "D1234567"}
        me = await account.api.post("/v1/drivers/me", person)
        car = {"make": "Toyota", "model": "Prius", "year": 2023, "colour": "silver", "vehicle_class": "economy"}
        vehicle = await account.api.post("/v1/drivers/me/vehicles", {"plate": uuid4().hex[:7].upper(), **car})
        cognito = local_client("cognito-idp", self._record.endpoint_url)
        boss = await operator(api, cognito, self._record.user_pool_id)
        await boss.api.post(f"/v1/drivers/{me['id']}/verify")
        await account.api.post("/v1/drivers/me/online", {"vehicle_id": vehicle["id"], **PICKUP.model_dump()})
        self._exits.push_async_callback(account.api.post, "/v1/drivers/me/offline")
        return account.token

    async def _talk(self, url: str, token: str) -> Talk:
        header = {"Authorization": f"Bearer {token}"}
        return Talk(await self._exits.enter_async_context(websockets.connect(url, additional_headers=header)))


def running_record() -> StackRecord:
    """The record of the running stack. Raises `NotRunningError`."""
    stack, start = paths.STACK, paths.command("up")
    if holder(stack.supervisor_lock) is None or not stack.record.exists():
        raise NotRunningError(f"The local cloud is not running: start it with `{start}`, then measure it.")
    record = load(stack.record)
    if not (record.rest_url and record.websocket_url):
        raise NotRunningError(f"Nothing is deployed on the local cloud yet: wait until `{start}` has ended.")
    return record


def round_trips(repeats: int) -> list[RoundTrip]:
    """Raises `NotRunningError`."""
    record = running_record()
    with empty_lambda(record) as empty:
        return asyncio.run(_measured(record, empty, repeats))


async def _measured(record: StackRecord, empty: EmptyLambda, repeats: int) -> list[RoundTrip]:
    async with AsyncExitStack() as exits:
        return [trip async for trip in EndToEnd(record, empty, exits).round_trips(repeats)]
