"""Stands in for the operators' channel, with as many cars as one likes: figures of a map need no fleet of phones."""

from __future__ import annotations

import asyncio
import json
import math
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from playwright.async_api import Error, Page, WebSocketRoute

FRAME_EVERY_S = 1.0
SPEED_M_S = 9.0
_METRES_PER_DEGREE = 111_195.0
_E5 = 100_000
_STATES = 4


class Crowd:
    """Cars all over the page's viewport. All of them move in each frame: a real channel tells less in a second."""

    def __init__(self, cars: int, seed: int = 1) -> None:
        self._size = cars
        self._random = random.Random(seed)  # noqa: S311 - drives cars, guards nothing
        self._cars: list[list[float]] = []
        self._revision = 0
        self._market = ""
        self._telling: asyncio.Task[None] | None = None

    async def meet(self, page: Page) -> None:
        """Answer the WebSocket that the page opens from now on."""
        await page.route_web_socket("**/*", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        def hear(message: str | bytes) -> None:
            action = json.loads(message)
            if action["action"] == "market.watch":
                self._watch(socket, action)

        socket.on_message(hear)

    def _watch(self, socket: WebSocketRoute, action: dict[str, Any]) -> None:
        self._market = action["market"]
        ends_at = datetime.now(UTC).isoformat()
        answer = self._frame("market.watching", {"market": self._market, "ends_at": ends_at})
        socket.send(json.dumps({**answer, "request_id": action.get("request_id")}))
        if not self._cars:
            self._scatter(action["viewport"])
        if action.get("fresh"):
            named = {str(handle): str(UUID(int=handle)) for handle in range(self._size)}
            socket.send(json.dumps(self._frame("market.snapshot", self._data(named=named))))
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell(socket))

    async def _tell(self, socket: WebSocketRoute) -> None:
        with suppress(Error):  # the page is closed
            while True:
                await asyncio.sleep(FRAME_EVERY_S)
                for car in self._cars:
                    self._drive(car)
                socket.send(json.dumps(self._frame("market.delta", self._data())))

    def _scatter(self, viewport: dict[str, float]) -> None:
        draw = self._random.uniform
        self._cars = [
            [draw(viewport["south"], viewport["north"]), draw(viewport["west"], viewport["east"]), draw(0, 360)]
            for _ in range(self._size)
        ]

    def _drive(self, car: list[float]) -> None:
        lat, lng, heading = car
        heading = (heading + self._random.uniform(-10, 10)) % 360
        step = SPEED_M_S * FRAME_EVERY_S / _METRES_PER_DEGREE
        car[0] = lat + step * math.cos(math.radians(heading))
        car[1] = lng + step * math.sin(math.radians(heading)) / math.cos(math.radians(lat))
        car[2] = heading

    def _data(self, **more: Any) -> dict[str, Any]:
        self._revision += 1
        rows = [
            [handle, round(lat * _E5), round(lng * _E5), handle % _STATES, round(heading) % 360]
            for handle, (lat, lng, heading) in enumerate(self._cars)
        ]
        shares = [len(rows[state::_STATES]) for state in range(_STATES)]
        counts = dict(zip(("free", "to_pickup", "with_rider", "silent"), shares, strict=True))
        return {
            "market": self._market,
            "revision": self._revision,
            "counts": {**counts, "waiting": 0, "trips": 0},
            "outside": {"drivers": 0, "requests": 0, "trips": 0},
            "cars": rows,
            **more,
        }

    @staticmethod
    def _frame(kind: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"type": kind, "id": str(uuid4()), "at": datetime.now(UTC).isoformat(), "data": data}
