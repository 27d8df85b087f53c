"""A rider's phone whose bank wants the rider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from rideflow.kernel.geo import Point
from simulation import rider as module
from simulation.api import LiveConnection
from simulation.demand import RideRequest
from simulation.measures import Latencies
from simulation.people import Account
from simulation.rider import Ride, Rider

HERE = Point(lat=37.77, lng=-122.42)
ACTION = {"client_secret": "pi_1_secret_2", "publishable_key": "pk_3", "until": "2026-12-01T12:05:00Z"}


class Bank:
    """Stripe as a phone sees it: the payment waits for its rider until the button of the bank's page is pressed."""

    def __init__(self) -> None:
        self.pressed: list[str] = []

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url="https://stripe.test", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.pressed.append(request.url.path)
            return httpx.Response(200)
        assert request.headers["Authorization"] == "Bearer pk_3"
        assert request.url.params["client_secret"] == "pi_1_secret_2"
        page = "https://stripe.test/bank/pi_1"
        return httpx.Response(200, json={"next_action": {"use_stripe_sdk": {"stripe_js": page}}})


class Cloud:
    """A trip that waits for its payer, and is cancelled by the platform once the bank's button was pressed."""

    def __init__(self, bank: Bank, *, shows: bool) -> None:
        self._bank, self._shows = bank, shows
        self.asked = 0

    async def post(self, path: str, _body: Any = None, *, idempotency_key: str | None = None) -> dict[str, Any]:
        return {"id": "q1"} if path == "/v1/quotes" else {"id": "t1", "state": "requested"}

    async def get(self, _path: str) -> dict[str, Any]:
        self.asked += 1
        is_over = self._bank.pressed and self.asked > 2
        action = ACTION if self._shows and not is_over else None
        return {"state": "cancelled" if is_over else "requested", "payment_action": action}

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        if not self._shows:
            for trip_id in ("somebody else's", "t1"):
                frame = {"type": "payment.action_required", "data": {"trip_id": trip_id, **ACTION}}
                asyncio.get_running_loop().call_later(0.05, listener, frame)


@pytest.mark.parametrize("shows", [True, False], ids=["the trip shows it", "a frame tells it"])
async def test_a_rider_confirms_once_when_the_bank_wants_them(shows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    bank = Bank()
    cloud = Cloud(bank, shows=shows)

    @asynccontextmanager
    async def opened(_url: str, _token: str) -> AsyncIterator[Cloud]:
        yield cloud

    monkeypatch.setattr(LiveConnection, "open", opened)
    monkeypatch.setattr(module, "_ASK_AGAIN_S", 0.02)
    ride = Ride(RideRequest("r1", 0, HERE, HERE, 60))
    async with bank.client() as stripe, asyncio.timeout(10):
        account = Account("rider@example.com", "token", cloud)  # type: ignore[arg-type]
        await Rider(account, ride, Latencies(), lambda _: None, stripe).ride("ws://", {})
    assert bank.pressed == ["/bank/pi_1"]
    assert ride.state == "cancelled"
