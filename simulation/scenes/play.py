"""Plays a scene against a running stack: people sign up while it goes on, ride, and go home."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import uuid4

import httpx
from websockets import WebSocketException

from simulation.api import Api, told
from simulation.books import audit
from simulation.evening import FAILURES, Plan
from simulation.mailbox import Mailbox
from simulation.pace import Pace
from simulation.people import Account, operator
from simulation.rider import Ride
from simulation.scenes.car import Car
from simulation.scenes.names import SceneName
from simulation.scenes.night import Night
from simulation.scenes.passenger import Passenger
from simulation.scenes.plan import CARD, Shift, Wish, planned
from simulation.scenes.streets import san_francisco
from simulation.signing_up import new_driver, new_rider
from simulation.stack import Stack

TO_WATCH = (1.0, 6.0)
"""The slowest and the fastest pace of a scene, if no other is asked for: an eye can follow the cars."""

_SIGN_UPS_AT_ONCE = 4
_SIGNED_UP_AHEAD_S = 20.0
"""Wall seconds before their request at which riders sign up, if nobody who signed up before is at home."""

_SIGNED_IN_S = 2_400.0
"""A rider's live connection needs an access token, which is valid for an hour: no ride begins later than this."""

_SETTLE_S = 420.0
"""Wall seconds after which a ride that did not end is stuck: a rider's patience, and a payment."""
_LONGEST_RIDE_S = 5_400.0
_GO_HOME_S = 45.0
_OPENED_AGAIN_AFTER_S = (1.0, 4.0, 10.0, 20.0)
_CLOSES_DOWN_WITHIN_S = 20.0
_BOOKS_WITHIN_S, _ASK_AGAIN_S = 90.0, 2.0
"""Fees of cancelled rides are booked some seconds after the ride has ended."""


def night_of(name: SceneName, rides: int, drivers: int, speed: float | None, seed: int) -> Night:
    """The night before it begins."""
    scene = planned(name, rides, drivers, seed, san_francisco())
    requests = [wish.request for wish in scene.wishes]
    return Night(Plan(requests, drivers, Pace(speed, between=TO_WATCH), seed), scene)


async def _within(seconds: float, acts: list[Coroutine[Any, Any, None]]) -> None:
    """Do all of it at once, as far as the time and the stack allow."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*acts, return_exceptions=True)


async def kept_open(app: Callable[[], Awaitable[None]]) -> None:
    """Run an app, and open it again for a while if the cloud is not reached: its ride goes on all the same."""
    for wait_s in (*_OPENED_AGAIN_AFTER_S, None):
        try:
            return await app()
        except (WebSocketException, httpx.TransportError, OSError, TimeoutError):
            if wait_s is None:
                raise
            await asyncio.sleep(wait_s)
    raise AssertionError("the last try returns or raises")


class ScenePlay:
    """Plays a night's scene, writing what happens into the night."""

    def __init__(self, stack: Stack, mailbox: Mailbox, cognito: Any, night: Night) -> None:
        self._stack, self._mailbox, self._cognito, self._night = stack, mailbox, cognito, night
        self._scene = scene = night.scene
        self._run = uuid4().hex[:8]
        self._gate = asyncio.Semaphore(_SIGN_UPS_AT_ONCE)
        self._pace = night.plan.pace
        self._wishes = {wish.request.id: wish for wish in scene.wishes}
        self._rides: dict[str, Ride] = {}
        self._at_home: list[tuple[float, Account]] = []
        """Riders without a ride, who can be the next ones: a hundred evenings out are fewer people."""
        self._passengers: list[Passenger] = []

    async def run(self) -> None:
        """Play to the end, or until the stack fails: failures are in the night's errors.

        If it is cancelled, riders who wait cancel, rides under way end, and drivers go offline.
        """
        night, cpu_s = self._night, time.process_time()
        try:
            await self._run_stages()
        except FAILURES as error:
            night.errors.append(f'the stack failed at the stage "{night.stage}": {told(error)}')
        finally:
            night.fleet_cpu_s = time.process_time() - cpu_s

    async def _run_stages(self) -> None:
        night = self._night
        night.began_at = time.monotonic()
        night.rides = [Ride(wish.request) for wish in self._scene.wishes]
        async with AsyncExitStack() as exits:
            key = {"Authorization": f"Bearer {self._stack.stripe_api_key}"}
            http = await exits.enter_async_context(httpx.AsyncClient(timeout=60))
            stripe = await exits.enter_async_context(
                httpx.AsyncClient(base_url=self._stack.stripe_url, headers=key, timeout=60)
            )
            api = Api(self._stack.rest_url, http)
            night.stage = "opening"
            boss = await operator(api, self._cognito, self._stack.user_pool_id)
            night.stage = "rides"
            await self._play(api, stripe, boss)
            night.stage = "books"
            await self._audit(stripe)
            night.stage = "over"

    async def _play(self, api: Api, stripe: httpx.AsyncClient, boss: Account) -> None:
        night, began_s = self._night, self._pace.now()
        shifts = [
            asyncio.create_task(self._noted(self._shift(api, boss, number, shift)))
            for number, shift in enumerate(self._scene.shifts)
        ]
        rides: asyncio.Future[Any] = asyncio.gather(
            *(
                self._noted(self._one_ride(api, stripe, number, ride, wish))
                for number, (ride, wish) in enumerate(zip(night.rides, self._scene.wishes, strict=True))
            )
        )
        closing: asyncio.Future[Any] = asyncio.create_task(self._closed())
        try:
            await asyncio.wait([rides, closing], return_when=asyncio.FIRST_COMPLETED)
            if not rides.done():
                night.errors.append(f"rides that did not end in time: {len(night.stuck())}")
            night.ran_s, night.ridden_s = time.monotonic() - night.began_at, self._pace.now() - began_s
            await self._go_home(shifts)
        except asyncio.CancelledError:
            night.stage = "closing down"
            await self._close_down([rides, *shifts])
            raise
        finally:
            for each in (rides, closing, *shifts):
                each.cancel()
            await asyncio.gather(rides, closing, *shifts, return_exceptions=True)
            night.errors += [trouble for car in night.cars for trouble in car.troubles]

    async def _shift(self, api: Api, boss: Account, number: int, shift: Shift) -> None:
        async with self._gate:
            account, vehicle_id = await new_driver(
                api, self._mailbox, boss, self._run, number, vehicle_class=shift.vehicle_class
            )
        night = self._night
        night.ready["drivers"] += 1
        args = (account, vehicle_id, shift, self._scene, san_francisco(), self._wishes, self._pace, night.latencies)
        car = Car(*args)
        night.cars.append(car)
        night.drivers.append(car)
        await self._pace.until(shift.online_after_s)
        if night.first_car_s is None:
            night.first_car_s = round(time.monotonic() - night.began_at, 1)
        await kept_open(lambda: car.work(self._stack.websocket_url, self._rides))

    async def _one_ride(self, api: Api, stripe: httpx.AsyncClient, number: int, ride: Ride, wish: Wish) -> None:
        await self._pace.until(wish.request.after_s - _SIGNED_UP_AHEAD_S * self._pace.speed)
        signed_up_at, account = await self._somebody(api, stripe, number, wish)
        await self._pace.until(wish.request.after_s)
        passenger = Passenger(account, ride, wish, self._pace, self._night.latencies, stripe)
        self._passengers.append(passenger)
        await kept_open(lambda: passenger.ride(self._stack.websocket_url, self._rides))
        if wish.card == CARD:
            self._at_home.append((signed_up_at, account))

    async def _somebody(self, api: Api, stripe: httpx.AsyncClient, number: int, wish: Wish) -> tuple[float, Account]:
        """A rider who is at home, or a new one, with the wall time of their sign-up."""
        while wish.card == CARD and self._at_home:
            signed_up_at, account = self._at_home.pop(0)
            if time.monotonic() - signed_up_at < _SIGNED_IN_S:
                return signed_up_at, account
        async with self._gate:
            account = await new_rider(api, self._mailbox, stripe, self._run, number, card=wish.card)
        self._night.ready["riders"] += 1
        return time.monotonic(), account

    async def _closed(self) -> None:
        """Return when every ride that is not over must be stuck."""
        await self._pace.until(self._scene.span_s + _LONGEST_RIDE_S)
        await asyncio.sleep(_SETTLE_S)

    async def _go_home(self, shifts: list[asyncio.Task[None]]) -> None:
        """All rides are over: drivers go offline."""
        for car in self._night.cars:
            car.go_home()
        await asyncio.wait(shifts, timeout=_GO_HOME_S)

    async def _close_down(self, tasks: list[asyncio.Future[Any]]) -> None:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        riders = [each.give_up() for each in self._passengers]
        drivers = [car.leave() for car in self._night.cars if car.state == "free"]
        await _within(_CLOSES_DOWN_WITHIN_S, [*riders, *drivers])
        # A driver on a trip cannot go offline, so these are next: their riders have cancelled, or are where they are.
        working = [car for car in self._night.cars if car.state != "offline"]
        await _within(_CLOSES_DOWN_WITHIN_S, [car.leave() for car in working])

    async def _audit(self, stripe: httpx.AsyncClient) -> None:
        """The books, as soon as they balance, or as they are when the time is up."""
        until = time.monotonic() + _BOOKS_WITHIN_S
        while True:
            self._night.books = await audit(self._stack.database_url, stripe, list(self._rides))
            if self._night.books.balance or time.monotonic() > until:
                return
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _noted(self, person: Coroutine[Any, Any, None]) -> None:
        """Record one person's failure, which does not end the evening of the others."""
        try:
            await person
        except Exception as error:
            self._night.errors.append(told(error))
