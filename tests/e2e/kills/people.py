"""Riders and drivers of rides under kills. They do all by the public API, as insistently as people with a phone do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from rideflow.kernel.geo import Point
from simulation.api import Api, ApiProblemError, Json, LiveConnection, told
from simulation.driver import Driver
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account
from simulation.rider import FINAL_STATES, Ride, Rider
from tests.e2e.kills.plan import PlannedRide
from tests.e2e.kills.time_passing import Clock

_INSISTS_FOR_S = 120.0
_WAITS_S = (0.2, 3.0)
_BEATS_EVERY_S = 5.0
_KNOWN_WITHIN_S = 30.0
_BOARDS_WITHIN_S = 90.0
_CALLED_OFF = frozenset({403, 404, 409})
"""How a trip is refused to a driver who does not have it any more."""

_GRACE_S, _NO_SHOW_S = 180.0, 360.0
"""Longer than the grace of a cancellation, and than a driver waits for a rider who does not come."""


class InsistentApi(Api):
    """What the cloud did not answer is asked again with the same idempotency key, as by a person who presses again."""

    def signed_in(self, token: str, refresh_token: str | None = None) -> InsistentApi:
        return InsistentApi(self._base, self._client, token, refresh_token)

    async def _answered(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        until, wait_s = time.monotonic() + _INSISTS_FOR_S, _WAITS_S[0]
        while True:
            try:
                answer = await super()._answered(method, path, **arguments)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            else:
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR or time.monotonic() > until:
                    return answer
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, _WAITS_S[1])


@dataclass
class City:
    """What riders and drivers of the run share: rides by their trips, and what their people meant to do."""

    plans: Mapping[str, PlannedRide]
    """By the id of the wish."""
    clock: Clock
    websocket_url: str
    rides: dict[str, Ride] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    """Trips that a driver has declined or handed back, as was planned for them."""
    troubles: list[str] = field(default_factory=list)

    def plan_of(self, ride: Ride) -> PlannedRide:
        return self.plans[ride.request.id]


class Traveller(Rider):
    """A rider whose ride goes the way that is planned for it. `is_over` is set when nobody is on the way any more."""

    def __init__(
        self, account: Account, ride: Ride, city: City, stripe: httpx.AsyncClient, asked: Callable[[Ride], Any]
    ) -> None:
        super().__init__(account, ride, Latencies(), lambda _: self._look(), stripe)
        self._city, self._asked = city, asked
        self._looked = asyncio.Event()
        self.is_over = asyncio.Event()

    async def live(self) -> None:
        """From the quote to the receipt."""
        acting = asyncio.create_task(self._act())
        try:
            await self.ride(self._city.websocket_url, self._city.rides)
        finally:
            self.is_over.set()
            acting.cancel()
            with suppress(asyncio.CancelledError):
                await acting

    async def _request(self, rides: dict[str, Ride]) -> None:
        await super()._request(rides)
        await self._asked(self._ride)

    def _look(self) -> None:
        if self._ride.state in FINAL_STATES | {"completed"}:
            self.is_over.set()
        self._looked.set()

    async def _act(self) -> None:
        """Cancels, on the ways on which the rider does."""
        match self._city.plan_of(self._ride).way:
            case "cancelled_at_once":
                await self._cancels_in({"requested", "matching", "driver_assigned"})
            case "cancelled_while_matching":
                await self._cancels_in({"matching", "driver_assigned"})
            case "cancelled_in_grace":
                await self._cancels_in({"driver_assigned", "driver_arrived"})
            case "cancelled_late":
                await self._cancels_in({"driver_arrived"}, after_s=_GRACE_S)

    async def _cancels_in(self, states: set[str], after_s: float = 0.0) -> None:
        while self._ride.state not in states:
            self._looked.clear()
            await self._looked.wait()
        await self._city.clock.pass_for(self._ride.trip_id, after_s)
        try:
            await self._account.api.post(f"/v1/trips/{self._ride.trip_id}/cancel")
        except ApiProblemError as refused:
            if refused.code != "trip_state_conflict":  # else the ride was quicker
                self._city.troubles.append(f"trip {self._ride.trip_id}, the rider cancels: {told(refused)}")


class Chauffeur(Driver):
    """A driver who takes every ride, and does with it what is planned for it."""

    def __init__(self, account: Account, vehicle_id: str, start: Point, city: City) -> None:
        super().__init__(account, vehicle_id, start, Pace(1.0), Latencies())
        self._city, self._is_off = city, False

    async def live(self) -> None:
        """Online until cancelled."""
        await self._go_online()
        async with LiveConnection.open(self._city.websocket_url, self._account.token) as live:
            live.listen(self._hear)
            beating = asyncio.create_task(self._beat(live))
            try:
                while True:
                    await self._answer(live, await self._offers.get())
            finally:
                beating.cancel()

    async def go_home(self) -> None:
        await self._account.api.post("/v1/drivers/me/offline")

    async def _go_online(self) -> None:
        self._is_off = False
        await self._account.api.post("/v1/drivers/me/online", {"vehicle_id": self._vehicle_id, **self._at.model_dump()})

    async def _beat(self, live: LiveConnection) -> None:
        while True:
            if self._is_off:
                with suppress(ApiProblemError):
                    await self._go_online()
            await self._report(live)
            await asyncio.sleep(_BEATS_EVERY_S)

    def _hear(self, frame: Json) -> None:
        super()._hear(frame)
        self._is_off |= frame["type"] == "problem" and frame["data"].get("code") == "driver_not_online"

    async def _answer(self, live: LiveConnection, offer: Json) -> None:
        """Take the offer, or leave it if that is planned; what goes wrong for another reason is noted."""
        trip_id = offer["trip_id"]
        try:
            ride = await self._known(trip_id)
            if ride is None:
                return
            if self._leaves("declined_then_taken", ride):
                await self._account.api.post(f"/v1/trips/{trip_id}/offer/decline")
                return
            if await self._accepts(trip_id):
                await self._take(live, ride)
        except ApiProblemError as refused:
            if refused.status not in _CALLED_OFF:
                self._city.troubles.append(f"trip {trip_id}, its driver: {told(refused)}")
        except TimeoutError:
            self._city.troubles.append(f"trip {trip_id}: its driver waited in vain in {self.state}")
            with suppress(ApiProblemError):
                await self._account.api.post(f"/v1/trips/{trip_id}/cancel")

    async def _accepts(self, trip_id: str) -> bool:
        """Whether the trip is theirs. Its answer may have been lost, and it may be a promise for after this ride."""
        try:
            answer = await self._account.api.post(f"/v1/trips/{trip_id}/offer/accept")
        except ApiProblemError as refused:
            if refused.code != "offer_accepted":
                raise
            return True
        until = time.monotonic() + _BOARDS_WITHIN_S
        while answer["state"] == "promised" and time.monotonic() < until:
            with suppress(ApiProblemError):
                await self._account.api.get(f"/v1/trips/{trip_id}")
                return True
            await asyncio.sleep(0.5)
        return bool(answer["state"] == "accepted")

    def _leaves(self, way: str, ride: Ride) -> bool:
        """Whether this is the first driver of a ride whose first driver does not take it."""
        leaves = self._city.plan_of(ride).way == way and ride.trip_id not in self._city.left
        if leaves:
            self._city.left.add(ride.trip_id)
        return leaves

    async def _known(self, trip_id: str) -> Ride | None:
        """The run's ride of the trip, whose offer may be quicker than the answer to its request."""
        until = time.monotonic() + _KNOWN_WITHIN_S
        while trip_id not in self._city.rides and time.monotonic() < until:  # noqa: ASYNC110 - riders tell no drivers
            await asyncio.sleep(0.1)
        return self._city.rides.get(trip_id)

    async def _take(self, live: LiveConnection, ride: Ride) -> None:
        """From the assignment to the rating."""
        api, trip, way = self._account.api, f"/v1/trips/{ride.trip_id}", self._city.plan_of(ride).way
        if self._leaves("handed_back", ride):
            await api.post(f"{trip}/cancel", {"reason": "flat tyre"})
            return
        self.state, self._at = "to pickup", ride.request.pickup
        async with asyncio.timeout(_BOARDS_WITHIN_S):
            await self._report(live)
            await self._come(live, trip)
        self.state = "at pickup"
        async with asyncio.timeout(_BOARDS_WITHIN_S):
            if way == "no_show":
                await self._city.clock.pass_for(ride.trip_id, _NO_SHOW_S)
                await self._report(live)
                await api.post(f"{trip}/cancel", {"reason": "nobody came"})
                return
            pin = await asyncio.shield(ride.pin) if way != "cancelled_late" else await self._in_vain(ride)
        self.state = "with rider"
        await api.post(f"{trip}/start", {"pin": pin})
        await api.post(f"{trip}/complete")
        with suppress(ApiProblemError):
            await api.post(f"{trip}/ratings", {"stars": 5})

    async def _come(self, live: LiveConnection, trip: str) -> None:
        """Say that they are there until it is believed: positions may be lost on their way."""
        while True:
            try:
                await self._account.api.post(f"{trip}/arrive")
            except ApiProblemError as refused:
                if refused.code not in {"not_at_pickup", "position_unknown"}:
                    raise
                await asyncio.sleep(0.5)
                await self._report(live)
            else:
                return

    async def _in_vain(self, ride: Ride) -> str:
        """Wait for a rider who is going to cancel. Raises the refusal as which a driver meets it."""
        while ride.state not in FINAL_STATES:  # noqa: ASYNC110 - the rider's phone learns of it
            await asyncio.sleep(0.2)
        raise ApiProblemError("waiting", 409, {"code": "trip_state_conflict", "detail": "The rider cancelled."})
