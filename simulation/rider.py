"""A rider's phone: asks for a quote, requests the trip, answers the bank, follows the trip, tells the PIN, rates."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from simulation.api import Json, LiveConnection
from simulation.cards import confirm_payment
from simulation.demand import RideRequest
from simulation.measures import Latencies
from simulation.people import Account

FINAL_STATES = frozenset({"paid", "cancelled", "no_driver_found", "payment_failed"})
_ASK_AGAIN_S = 5.0
"""The phone waits this long for the live connection before it asks by REST, as an app does after a dead spot."""


@dataclass
class Ride:
    """One ride as both phones see it; the rider reads `pin` out to the driver.

    Times are wall seconds, but for `approach_s`, `driven_s` and `waited_s`: the ride seconds that the car took to the
    pickup and to the dropoff, and those from the request, at `requested_s`, until it came. `cancelled_by` is the side
    that ended the ride.
    """

    request: RideRequest
    trip_id: str = ""
    state: str = "waiting"
    requested_at: float = 0.0
    offered_at: float = 0.0
    accepted_at: float = 0.0
    assigned_seen: bool = False
    positions_seen: int = 0
    fare_minor: int = 0
    approach_s: float = 0.0
    driven_s: float = 0.0
    requested_s: float = 0.0
    waited_s: float = 0.0
    cancelled_by: str = ""
    pin: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Rider:
    """One rider with one ride.

    `stripe` is a client with Stripe's base URL: a bank that wants the rider is answered through it, if there is one.
    """

    def __init__(
        self,
        account: Account,
        ride: Ride,
        latencies: Latencies,
        changed: Callable[[Ride], None],
        stripe: httpx.AsyncClient | None = None,
    ) -> None:
        self._account = account
        self._stripe = stripe
        self._wanted: Json | None = None
        self._confirmed = ""
        self._ride = ride
        self._latencies = latencies
        self._changed = changed
        self._news = asyncio.Event()
        self._product = "economy"
        self._quote_id, self._key = "", str(uuid4())

    async def ride(self, websocket_url: str, rides: dict[str, Ride]) -> None:
        """From the quote to the rating. Puts the ride into `rides` under its trip's id as soon as that is known."""
        async with LiveConnection.open(websocket_url, self._account.token) as live:
            live.listen(self._hear)
            await self._request(rides)
            while self._ride.state not in FINAL_STATES:
                await self._wait_for_news()
            if self._ride.state == "paid":
                receipt = await self._account.api.get(f"/v1/trips/{self._ride.trip_id}/receipt")
                self._ride.fare_minor = receipt["amount_minor"]
                await self._rate()

    async def _rate(self) -> None:
        await self._account.api.post(f"/v1/trips/{self._ride.trip_id}/ratings", {"stars": 5})

    async def _request(self, rides: dict[str, Ride]) -> None:
        """Quote and request. It may be repeated after a failure: the same quote is requested with the same key."""
        wish = self._ride.request
        if not self._quote_id:
            quote = await self._account.api.post(
                "/v1/quotes",
                {
                    "pickup": wish.pickup.model_dump(),
                    "dropoff": wish.dropoff.model_dump(),
                    "product": self._product,
                },
            )
            self._quote_id = quote["id"]
            self._ride.requested_at = time.perf_counter()
        request = {"quote_id": self._quote_id}
        trip = await self._account.api.post("/v1/trips", request, idempotency_key=self._key)
        self._ride.trip_id = trip["id"]
        rides[trip["id"]] = self._ride
        self._see(trip["state"])

    async def _wait_for_news(self) -> None:
        """Wait for a frame, or after a while ask by REST: a frame can be lost, the trip cannot."""
        try:
            async with asyncio.timeout(_ASK_AGAIN_S):
                await self._news.wait()
        except TimeoutError:
            await self._ask()
        self._news.clear()
        await self._answer_bank()
        if self._ride.assigned_seen and not self._ride.pin.done():
            await self._ask()

    async def _answer_bank(self) -> None:
        """Confirm the payment if the bank wants the rider: once for each payment that is shown."""
        wanted, self._wanted = self._wanted, None
        if wanted is None or self._stripe is None or wanted["client_secret"] == self._confirmed:
            return
        await confirm_payment(self._stripe, wanted)
        self._confirmed = wanted["client_secret"]

    async def _ask(self) -> None:
        trip = await self._account.api.get(f"/v1/trips/{self._ride.trip_id}")
        self._wanted = trip.get("payment_action") or self._wanted
        self._ride.cancelled_by = trip.get("cancelled_by") or self._ride.cancelled_by
        if trip.get("pin") and not self._ride.pin.done():
            self._ride.pin.set_result(trip["pin"])
        self._see(trip["state"])

    def _hear(self, frame: Json) -> None:
        if frame["type"] == "driver.position":
            self._ride.positions_seen += 1
        elif frame["type"] == "payment.action_required" and frame["data"]["trip_id"] == self._ride.trip_id:
            self._wanted = frame["data"]
            self._news.set()
        elif frame["type"] == "trip.updated" and frame["data"].get("trip_id") == self._ride.trip_id:
            self._ride.cancelled_by = frame["data"].get("cancelled_by") or self._ride.cancelled_by
            self._see(frame["data"]["state"])

    def _see(self, state: str) -> None:
        """Take a state from a frame. Frames arrive in any order, so earlier states than the current one are ignored."""
        order = list(_ORDER)
        if state in _ORDER and self._ride.state in _ORDER and order.index(state) <= order.index(self._ride.state):
            return
        self._ride.state = state
        if not self._ride.assigned_seen and state in _ASSIGNED:
            self._ride.assigned_seen = True
            now = time.perf_counter()
            self._latencies.add("match", now - self._ride.requested_at)
            if self._ride.accepted_at:
                self._latencies.add("accept_to_rider", now - self._ride.accepted_at)
        self._changed(self._ride)
        self._news.set()


_ORDER = ("waiting", "requested", "matching", "driver_assigned", "driver_arrived", "in_progress", "completed", "paid")
_ASSIGNED = frozenset(_ORDER[3:])
