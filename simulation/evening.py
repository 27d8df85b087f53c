"""An evening of rides: everybody signs up, drivers go online, and riders request at their times."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from botocore.exceptions import BotoCoreError

from rideflow.kernel.geo import Point
from simulation.api import Api, ApiProblemError, told
from simulation.books import Books, audit
from simulation.demand import RideRequest, compressed, nearby
from simulation.driver import Driver
from simulation.mailbox import Mailbox
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account, operator
from simulation.rider import FINAL_STATES, Ride, Rider
from simulation.signing_up import new_driver, new_rider
from simulation.stack import Stack
from simulation.travel import driving_s

_SIGN_UPS_AT_ONCE = 6
_FLEET_USE = 0.6
"""Demand is spread so that drivers are busy this share of the time."""

FAILURES = (httpx.HTTPError, BotoCoreError, psycopg.OperationalError, ApiProblemError)
"""Errors of a stack that is being stopped, or is broken."""

_PATIENCE_S = 300.0
_SETTLE_S = 120.0
_TYPICAL_PICKUP_S = 300.0


@dataclass(frozen=True)
class Plan:
    """The rides to play, and their speed."""

    requests: Sequence[RideRequest]
    drivers: int
    pace: Pace
    seed: int = 1


@dataclass(frozen=True)
class Paid:
    """Fares of the receipts, in minor units: least, median, most. Minutes are medians of ride time."""

    fares_minor: tuple[int, int, int]
    approach_min: float
    ride_min: float

    @classmethod
    def of(cls, rides: Sequence[Ride]) -> Paid | None:
        if not rides:
            return None
        fares = sorted(ride.fare_minor for ride in rides)
        approach_s, driven_s = (median(getattr(ride, name) for ride in rides) for name in ("approach_s", "driven_s"))
        fares_minor = (fares[0], round(median(fares)), fares[-1])
        return cls(fares_minor, round(approach_s / 60, 1), round(driven_s / 60, 1))


@dataclass
class Evening:
    """The state of the evening; a view reads it while it changes."""

    plan: Plan
    stage: str = "opening"
    ready: Counter[str] = field(default_factory=Counter)
    rides: list[Ride] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)
    latencies: Latencies = field(default_factory=Latencies)
    errors: list[str] = field(default_factory=list)
    books: Books | None = None

    def paid(self) -> Paid | None:
        """Figures of the paid rides; None if there are none."""
        return Paid.of([ride for ride in self.rides if ride.fare_minor])

    def stuck(self) -> list[Ride]:
        return [ride for ride in self.rides if ride.state not in FINAL_STATES]

    def summary(self) -> dict[str, Any]:
        """The figures, in the shape that scripts read."""
        states, paid = Counter(ride.state for ride in self.rides), self.paid()
        return {
            "rides": {"requested": len(self.rides), **dict(sorted(states.items()))},
            "paid": asdict(paid) if paid else None,
            "latency_ms": self.latencies.summary(),
            "positions": {
                "indexed": self.latencies.count("position_to_index"),
                "seen_by_riders": sum(ride.positions_seen for ride in self.rides),
            },
            "books": self.books.summary() if self.books else None,
            "errors": self.errors,
        }

    @property
    def passed(self) -> bool:
        return not self.stuck() and self.books is not None and self.books.balance


class Play:
    """Plays a plan against a stack, writing what happens into an `Evening`."""

    def __init__(self, stack: Stack, mailbox: Mailbox, cognito: Any, evening: Evening) -> None:
        self._stack = stack
        self._mailbox = mailbox
        self._cognito = cognito
        self._evening = evening
        self._run = uuid4().hex[:8]
        self._gate = asyncio.Semaphore(_SIGN_UPS_AT_ONCE)
        self._rides: dict[str, Ride] = {}

    async def run(self) -> None:
        """Play to the end, or until the stack fails: failures are in the evening's errors."""
        try:
            await self._run_stages()
        except FAILURES as error:
            self._evening.errors.append(f'the stack failed at the stage "{self._evening.stage}": {told(error)}')

    async def _run_stages(self) -> None:
        evening, plan = self._evening, self._evening.plan
        async with AsyncExitStack() as exits:
            http = await exits.enter_async_context(httpx.AsyncClient(timeout=30))
            stripe = await exits.enter_async_context(
                httpx.AsyncClient(
                    base_url=self._stack.stripe_url,
                    headers={"Authorization": f"Bearer {self._stack.stripe_api_key}"},
                    timeout=30,
                )
            )
            api = Api(self._stack.rest_url, http)
            evening.stage = "people sign up"
            boss = await operator(api, self._cognito, self._stack.user_pool_id)
            riders, evening.drivers = await asyncio.gather(
                self._all(self._rider(api, stripe, number) for number in range(len(plan.requests))),
                self._all(self._driver(api, boss, number) for number in range(plan.drivers)),
            )
            evening.stage = "rides"
            await self._play(riders, stripe)
            evening.stage = "books"
            evening.books = await audit(self._stack.database_url, stripe, list(self._rides))
            evening.stage = "over"

    async def _all[T](self, people: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
        async def gated(person: Coroutine[Any, Any, T]) -> T:
            async with self._gate:
                return await person

        return list(await asyncio.gather(*(gated(person) for person in people)))

    async def _rider(self, api: Api, stripe: httpx.AsyncClient, number: int) -> Account:
        account = await new_rider(api, self._mailbox, stripe, self._run, number)
        self._evening.ready["riders"] += 1
        return account

    async def _driver(self, api: Api, boss: Account, number: int) -> Driver:
        account, vehicle_id = await new_driver(api, self._mailbox, boss, self._run, number)
        self._evening.ready["drivers"] += 1
        plan = self._evening.plan
        return Driver(account, vehicle_id, self._start_of(number), plan.pace, self._evening.latencies)

    def _start_of(self, number: int) -> Point:
        """Drivers wait near earlier pickups."""
        generator = random.Random(self._evening.plan.seed * 10_007 + number)  # noqa: S311 - a simulation
        return nearby(generator.choice(self._evening.plan.requests).pickup, generator)

    async def _play(self, accounts: list[Account], stripe: httpx.AsyncClient) -> None:
        evening, plan = self._evening, self._evening.plan
        requests = compressed(list(plan.requests), _span_s(plan))
        evening.rides = [Ride(request) for request in requests]
        drivers = [
            asyncio.create_task(self._noted(driver.work(self._stack.websocket_url, self._rides)))
            for driver in evening.drivers
        ]
        opened_s = plan.pace.now()
        rides = asyncio.gather(
            *(
                self._noted(self._one_ride(account, ride, opened_s, stripe))
                for account, ride in zip(accounts, evening.rides, strict=True)
            )
        )
        ends: list[asyncio.Future[Any]] = [
            rides,
            asyncio.create_task(_close(plan.pace, opened_s + _longest_s(plan, requests))),
        ]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not rides.done():
                evening.errors.append(f"rides that did not end in time: {len(evening.stuck())}")
        finally:
            for each in (*ends, *drivers):
                each.cancel()
            await asyncio.gather(*ends, *drivers, return_exceptions=True)

    async def _one_ride(self, account: Account, ride: Ride, opened_s: float, stripe: httpx.AsyncClient) -> None:
        await self._evening.plan.pace.until(opened_s + ride.request.after_s)
        rider = Rider(account, ride, self._evening.latencies, _ignore, stripe)
        await rider.ride(self._stack.websocket_url, self._rides)

    async def _noted(self, person: Coroutine[Any, Any, None]) -> None:
        """Record one person's failure, which does not end the evening of the others."""
        try:
            await person
        except Exception as error:
            self._evening.errors.append(told(error))


def _ignore(_ride: Ride) -> None:
    """Do nothing: the view reads rides itself."""


def _span_s(plan: Plan) -> float:
    """Ride seconds over which the demand is spread, so that the fleet can serve it."""
    work_s = sum(request.duration_s + _TYPICAL_PICKUP_S for request in plan.requests)
    return work_s / plan.drivers / _FLEET_USE


def _longest_s(plan: Plan, requests: Sequence[RideRequest]) -> float:
    """Ride seconds after which all rides are over, if nothing fails."""
    longest = max(request.duration_s + driving_s(request.pickup, request.dropoff) for request in requests)
    return _span_s(plan) + 2 * longest


async def _close(pace: Pace, ride_s: float) -> None:
    """Return when every unended ride must be stuck: patience and payment take wall time at any pace."""
    await pace.until(ride_s)
    await asyncio.sleep(_PATIENCE_S + _SETTLE_S)
