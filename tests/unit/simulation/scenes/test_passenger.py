"""A rider of a scene, who may change their mind and may not rate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from simulation import rider as module
from simulation.api import ApiProblemError, LiveConnection
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account
from simulation.rider import Ride
from simulation.scenes import play
from simulation.scenes.names import SceneName
from simulation.scenes.passenger import Passenger
from simulation.scenes.plan import Wish, planned
from simulation.scenes.streets import san_francisco

WISH = planned(SceneName.EVENING, 1, 4, 1, san_francisco()).wishes[0]._replace(product="xl", stars=3)


class Cloud:
    """A trip that becomes `assigned`, `in_progress` and `paid` when the rider asks, unless it is cancelled."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.calls: list[tuple[str, Any]] = []
        self.cancelled = asyncio.Event()
        self.listeners: list[Callable[[dict[str, Any]], None]] = []

    async def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None) -> dict[str, Any]:
        self.calls.append((path, body))
        if path.endswith("/cancel"):
            if self.states[0] == "in_progress":
                raise ApiProblemError(path, 409, {"code": "trip_state_conflict"})
            self.states = ["cancelled"]
            data = {"trip_id": "t1", "state": "cancelled", "cancelled_by": "rider"}
            for listener in self.listeners:
                listener({"type": "trip.updated", "data": data})
        return {"id": "q1"} if path == "/v1/quotes" else {"id": "t1", "state": "requested"}

    async def get(self, path: str) -> dict[str, Any]:
        if path.endswith("/receipt"):
            return {"amount_minor": 1234}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"state": state, "pin": "1234", "cancelled_by": None}

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        self.listeners.append(listener)


async def ridden(cloud: Cloud, wish: Wish, monkeypatch: pytest.MonkeyPatch) -> Ride:
    @asynccontextmanager
    async def opened(_url: str, _token: str) -> AsyncIterator[Cloud]:
        yield cloud

    monkeypatch.setattr(LiveConnection, "open", opened)
    monkeypatch.setattr(module, "_ASK_AGAIN_S", 0.02)
    pace, ride = Pace(100.0), Ride(wish.request)
    await pace.until(5.0)
    account = Account("rider@example.com", "token", cloud)  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        app = Passenger(account, ride, wish, pace, Latencies())
        await play.kept_open(lambda: app.ride("ws://", {}))
    return ride


async def test_a_rider_orders_the_product_of_their_wish_and_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("matching", "driver_assigned", "in_progress", "paid")
    ride = await ridden(cloud, WISH, monkeypatch)
    assert (ride.state, ride.fare_minor) == ("paid", 1234)
    assert ride.requested_s >= 5.0
    bodies = dict(cloud.calls)
    assert bodies["/v1/quotes"]["product"] == "xl"
    assert bodies["/v1/trips/t1/ratings"] == {"stars": 3}


async def test_not_every_rider_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("driver_assigned", "paid")
    await ridden(cloud, WISH._replace(stars=None), monkeypatch)
    assert "/v1/trips/t1/ratings" not in dict(cloud.calls)


async def test_a_rider_cancels_while_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    ride = await ridden(Cloud("matching"), WISH._replace(changes_mind="waiting", after_s=0.01), monkeypatch)
    assert (ride.state, ride.cancelled_by, ride.assigned_seen) == ("cancelled", "rider", False)


async def test_a_rider_cancels_after_somebody_was_assigned(monkeypatch: pytest.MonkeyPatch) -> None:
    wish = WISH._replace(changes_mind="assigned", after_s=0.01)
    ride = await ridden(Cloud("matching", "matching", "driver_assigned"), wish, monkeypatch)
    assert (ride.state, ride.assigned_seen) == ("cancelled", True)


async def test_a_rider_who_is_on_board_rides(monkeypatch: pytest.MonkeyPatch) -> None:
    wish = WISH._replace(changes_mind="assigned", after_s=0.0)
    ride = await ridden(Cloud("in_progress", "in_progress", "in_progress", "paid"), wish, monkeypatch)
    assert ride.state == "paid"


async def test_a_request_whose_answer_was_lost_is_repeated_and_opens_one_trip(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("driver_assigned", "paid")
    answered, keys = cloud.post, list[str]()

    async def post(path: str, body: Any = None, *, idempotency_key: str | None = None) -> dict[str, Any]:
        answer = await answered(path, body)
        if path == "/v1/trips":
            keys.append(str(idempotency_key))
            if len(keys) == 1:
                raise httpx.ReadTimeout("")
        return answer

    monkeypatch.setattr(cloud, "post", post)
    monkeypatch.setattr(play, "_OPENED_AGAIN_AFTER_S", (0.0,))
    ride = await ridden(cloud, WISH, monkeypatch)
    assert ride.state == "paid"
    assert [path for path, _ in cloud.calls].count("/v1/quotes") == 1
    assert len(keys) == 2
    assert keys[0] == keys[1]
