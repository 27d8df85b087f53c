"""Fifty rides on the running local cloud while its processes are killed: the plan is played, and noted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx

from local.demo import LocalMailbox
from local.emulators import local_client
from local.record import StackRecord
from local.stack import Stack
from rideflow.kernel.geo import Point
from simulation.api import Json
from simulation.demand import RideRequest
from simulation.people import Account, operator
from simulation.rider import FINAL_STATES, Ride
from simulation.signing_up import new_driver, new_rider
from tests.e2e.city import DROPOFF, FAR_AWAY, NEAR_PICKUP, PICKUP, subject_of
from tests.e2e.kills.judging import Party
from tests.e2e.kills.killing import Killer
from tests.e2e.kills.people import Chauffeur, City, InsistentApi, Traveller
from tests.e2e.kills.plan import Plan, PlannedRide
from tests.e2e.kills.time_passing import Clock

DRIVERS = 14
_RIDES_AT_ONCE = 12
_SIGN_UPS_AT_ONCE = 6
_FAR_DROPOFF = Point(lat=FAR_AWAY.lat + 0.02, lng=FAR_AWAY.lng)
_RIDES_WITHIN_S = 300.0
_TELLS_EVERY_S = 10.0
_NO_CONNECTION_IS_KEPT = httpx.Limits(max_keepalive_connections=0)
"""The double closes a connection that is idle for five seconds, maybe just when a request is on its way."""


class KillRun:
    """One run of a plan. `tell` shows its progress. `rides` are in the plan's order."""

    def __init__(
        self,
        stack: Stack,
        record: StackRecord,
        plan: Plan,
        clock: Clock,
        tell: Callable[[str], None],
        *,
        exits: AsyncExitStack,
    ) -> None:
        self.plan = plan
        self.killer = Killer(stack, plan)
        self.rides = [Ride(_wish(each)) for each in plan.rides]
        plans = {ride.request.id: each for ride, each in zip(self.rides, plan.rides, strict=True)}
        self.city = City(plans, clock, record.websocket_url)
        self._record, self._tell, self._exits = record, tell, exits
        self._travellers: list[Traveller] = []
        self._riding: list[asyncio.Task[None]] = []
        self._killing: set[asyncio.Task[None]] = set()
        self._one_store = asyncio.Lock()
        self._asked_for = 0

    async def open(self) -> None:
        """Sign everybody up; nothing is killed yet."""
        record, run = self._record, uuid4().hex[:8]
        key = {"Authorization": f"Bearer {record.stripe_api_key}"}
        http = await self._exits.enter_async_context(httpx.AsyncClient(timeout=60))
        self.stripe = await self._exits.enter_async_context(
            httpx.AsyncClient(base_url=record.stripe_url, headers=key, timeout=60, limits=_NO_CONNECTION_IS_KEPT)
        )
        api, mailbox, gate = InsistentApi(record.rest_url, http), LocalMailbox(), asyncio.Semaphore(_SIGN_UPS_AT_ONCE)
        boss = await operator(api, local_client("cognito-idp", record.endpoint_url), record.user_pool_id)

        async def rider(planned: PlannedRide) -> Account:
            async with gate:
                return await new_rider(api, mailbox, self.stripe, run, planned.number, card=planned.card)

        async def driver(number: int) -> tuple[Account, str]:
            async with gate:
                return await new_driver(api, mailbox, boss, run, number)

        self._riders = await asyncio.gather(*(rider(each) for each in self.plan.rides))
        self._drivers = await asyncio.gather(*(driver(number) for number in range(DRIVERS)))

    async def play(self) -> None:
        """Play all rides under kills; returns when nobody is on the way any more. Riders then wait for their money."""
        chauffeurs = [Chauffeur(*each, NEAR_PICKUP, self.city) for each in self._drivers]
        driving = [asyncio.create_task(self._noted(each.live())) for each in chauffeurs]
        self._travellers = [
            Traveller(account, ride, self.city, self.stripe, self._asked)
            for account, ride in zip(self._riders, self.rides, strict=True)
        ]
        telling, gate = asyncio.create_task(self._tell_now_and_then()), asyncio.Semaphore(_RIDES_AT_ONCE)
        self.killer.start()
        try:
            async with asyncio.timeout(_RIDES_WITHIN_S):
                await asyncio.gather(*(self._ride(each, gate) for each in self._travellers))
                await asyncio.gather(*self._killing)
        except TimeoutError:
            self.city.troubles.append(f"after {_RIDES_WITHIN_S:.0f} s people are on the way: {self.stuck()}")
        finally:
            self.killer.stop()
            for each in (telling, *driving):
                each.cancel()
            await asyncio.gather(telling, *driving, return_exceptions=True)
        await asyncio.gather(*(self._noted(each.go_home()) for each in chauffeurs))

    async def close(self, within_s: float) -> None:
        """Wait until every rider's phone shows the end of its ride, or call them all in when the time is up."""
        if self._riding:
            await asyncio.wait(self._riding, timeout=within_s)
        for each in (*self._riding, *self._killing):
            each.cancel()
        await asyncio.gather(*self._riding, *self._killing, return_exceptions=True)

    @property
    def numbers(self) -> dict[str, int]:
        """The rides' numbers by their trips."""
        return {ride.trip_id: planned.number for ride, planned in zip(self.rides, self.plan.rides, strict=True)}

    @property
    def party(self) -> Party:
        riders = {ride.trip_id: account.api for ride, account in zip(self.rides, self._riders, strict=True)}
        return Party(riders, {subject_of(account.token): account.api for account, _ in self._drivers})

    def otherwise(self) -> list[str]:
        """Rides that ended, but not as their people wanted: a kill cost somebody time, or somebody was quicker."""
        return [
            f"ride {planned.number}, {planned.way}: {ride.state}"
            for ride, planned in zip(self.rides, self.plan.rides, strict=True)
            if ride.state != planned.ends
        ]

    def stuck(self) -> list[str]:
        """Trips whose riders' phones do not show an end."""
        return [f"{ride.trip_id} {ride.state}" for ride in self.rides if ride.state not in FINAL_STATES]

    async def _ride(self, traveller: Traveller, gate: asyncio.Semaphore) -> None:
        """One ride, until its people part; the rider's phone goes on until the money is settled."""
        async with gate:
            self._riding.append(asyncio.create_task(self._noted(traveller.live())))
            await traveller.is_over.wait()

    async def _asked(self, ride: Ride) -> None:
        """A trip was asked for: its bank is told what it does, and the stores whose time has come are killed."""
        self._asked_for += 1
        if self.city.plan_of(ride).captures_refused:
            await self._refuse_captures(ride.trip_id)
        for kill in self.plan.stores:
            if kill.after_rides == self._asked_for:
                self._killing.add(asyncio.create_task(self._kill(kill.store)))

    async def _kill(self, store: Any) -> None:
        async with self._one_store:
            await asyncio.to_thread(self.killer.kill_store, store)
            self._tell(f"{store}: killed, and back")

    async def _refuse_captures(self, trip_id: str) -> None:
        fault: Json = {"kind": "decline", "operation": "capture", "times": None, "metadata": {"trip_id": trip_id}}
        (await self.stripe.post("/_double/faults", json=fault)).raise_for_status()

    async def _noted(self, person: Coroutine[Any, Any, None]) -> None:
        """What one person meets does not end the run of the others."""
        try:
            await person
        except Exception as error:
            self.city.troubles.append(f"{type(error).__name__}: {error}")
            self._tell(f"trouble: {self.city.troubles[-1]}")

    async def _tell_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_TELLS_EVERY_S)
            self._tell(f"{self._asked_for} rides asked for, {len(self.killer.done)} kills; {self._states()}")

    def _states(self) -> str:
        return ", ".join(f"{number} {state}" for state, number in sorted(Counter(r.state for r in self.rides).items()))


def _wish(planned: PlannedRide) -> RideRequest:
    pickup, dropoff = (FAR_AWAY, _FAR_DROPOFF) if planned.way == "nobody_near" else (PICKUP, DROPOFF)
    return RideRequest(f"ride {planned.number}", 0.0, pickup, dropoff, 0.0)
