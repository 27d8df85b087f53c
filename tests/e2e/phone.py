"""A phone in a test: a signed-in person with a live connection; every frame is validated and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from jsonschema import Draft202012Validator

from rideflow.kernel.geo import Point
from simulation.api import Json, LiveConnection
from simulation.people import Account
from tools.contracts.asyncapi import frame_schema

EXPECTED_WITHIN_S = 30.0


class Phone:
    """Frames are validated against the AsyncAPI contract as they come, and wait in `frames` to be expected."""

    def __init__(self, account: Account, live: LiveConnection) -> None:
        self.account = account
        self.api = account.api
        self.frames: list[Json] = []
        self.broken_contract: list[str] = []
        self.person_id = ""
        self.at: Point
        self.silent = False
        self._live = live
        self._arrived = asyncio.Condition()
        live.listen(self._hear)

    @classmethod
    @asynccontextmanager
    async def on(cls, account: Account, websocket_url: str) -> AsyncIterator[Phone]:
        async with LiveConnection.open(websocket_url, account.token) as live:
            phone = cls(account, live)
            yield phone
            assert phone.broken_contract == []

    async def send(self, action: str, **fields: Any) -> None:
        await self._live.send(action, **fields)

    async def report(self, at: Point, **fields: Any) -> None:
        """Send the present position. `ack=True` asks for an answer also if it is accepted."""
        await self.send("location", **at.model_dump(), recorded_at=datetime.now(UTC).isoformat(), **fields)

    async def expect(self, type: str, within_s: float = EXPECTED_WITHIN_S, **data: Any) -> Json:  # noqa: A002
        """Wait for the first frame of this type whose data has these members. Fails with the other frames."""

        def wanted() -> Json | None:
            return next((frame for frame in self.frames if frame["type"] == type and _has(frame["data"], data)), None)

        try:
            async with asyncio.timeout(within_s), self._arrived:
                while (frame := wanted()) is None:
                    await self._arrived.wait()
                return frame
        except TimeoutError:
            seen = [(frame["type"], frame["data"].get("state"), frame["data"].get("code")) for frame in self.frames]
            raise AssertionError(f"no {type} with {data} within {within_s} s; frames: {seen}") from None

    def _hear(self, frame: Json) -> None:
        validator = Draft202012Validator(frame_schema(frame["type"]))
        self.broken_contract += [f"{frame['type']}: {error.message}" for error in validator.iter_errors(frame)]
        self.frames.append(frame)
        self._tell = asyncio.create_task(self._notify())

    async def _notify(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()


def _has(data: Json, members: Json) -> bool:
    return all(data.get(name) == value for name, value in members.items())
