"""The city a test plays in: signed-in riders and drivers, reused from test to test, on the deployed local cloud."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import httpx
import psycopg
from psycopg.rows import dict_row

from local.demo import CONFIRMATION_CODE
from local.emulators import CREDENTIALS, REGION
from local.record import StackRecord
from rideflow.kernel.geo import Point
from simulation.api import Api, ApiProblemError, Json
from simulation.cards import add_card
from simulation.people import Account, operator, sign_up
from tests.booked import TRIPS_ACCOUNTS, sums
from tests.e2e.phone import EXPECTED_WITHIN_S, Phone

PICKUP = Point(lat=37.7749, lng=-122.4194)
DROPOFF = Point(lat=37.7849, lng=-122.4094)
NEAR_PICKUP = Point(lat=37.7760, lng=-122.4200)
FAR_AWAY = Point(lat=37.3300, lng=-122.0300)

_HEARTBEAT_S = 15.0


@dataclass(frozen=True)
class Person:
    """An account that several tests use."""

    id: str
    email: str
    token: str
    vehicle_id: str = ""


@dataclass
class Pool:
    """Accounts of this test run that are free for the next test, by their properties."""

    free: dict[str, list[Person]] = field(default_factory=lambda: defaultdict(list))
    operator: Person | None = None


class Mailbox:
    """The code that ministack's Cognito mails to everybody."""

    async def code_for(self, email: str) -> str:
        return CONFIRMATION_CODE


class City:
    """One test's people. Trips that still run when the test ends are ended, and drivers go offline."""

    def __init__(self, record: StackRecord, pool: Pool, exits: AsyncExitStack) -> None:
        self.record = record
        self._pool = pool
        self._exits = exits
        self._http: httpx.AsyncClient
        self.stripe: httpx.AsyncClient

    async def open(self) -> None:
        key = {"Authorization": f"Bearer {self.record.stripe_api_key}"}
        self._http = await self._exits.enter_async_context(httpx.AsyncClient(timeout=60))
        self.stripe = await self._exits.enter_async_context(
            httpx.AsyncClient(base_url=self.record.stripe_url, headers=key, timeout=60)
        )
        self.api = Api(self.record.rest_url, self._http)

    async def rider(self, card: str = "pm_card_visa") -> Phone:
        """A rider with this card, and the app open."""
        person = await self._taken(f"rider with {card}", lambda: self._new_rider(card))
        self._exits.push_async_callback(self._end_trip, person)
        return await self._phone(person)

    async def driver(self, at: Point = NEAR_PICKUP, **vehicle: Any) -> Phone:
        """A verified driver, online at that place, whose phone keeps sending it; what differs from their usual car."""
        kind = f"driver of {vehicle}" if vehicle else "driver"
        person = await self._taken(kind, lambda: self._new_driver(**vehicle))
        self._exits.push_async_callback(self._take_off_the_road, person)
        phone = await self._phone(person)
        await phone.api.post("/v1/drivers/me/online", {"vehicle_id": person.vehicle_id, **at.model_dump()})
        phone.at = at
        await phone.report(at, ack=True)
        await phone.expect("location.recorded")
        beating = asyncio.create_task(_keep_alive(phone))
        self._exits.callback(beating.cancel)
        return phone

    async def drivers(self, number: int, at: Point = NEAR_PICKUP) -> list[Phone]:
        """Several, signed up a few at a time."""
        missing = number - len(self._pool.free["driver"])
        if missing > 0:
            gate = asyncio.Semaphore(6)

            async def gated() -> Person:
                async with gate:
                    return await self._new_driver()

            self._pool.free["driver"] += await asyncio.gather(*(gated() for _ in range(missing)))
        return [await self.driver(at) for _ in range(number)]

    async def quote(self, rider: Phone, pickup: Point = PICKUP, dropoff: Point = DROPOFF, **more: Any) -> Json:
        wish = {"pickup": pickup.model_dump(), "dropoff": dropoff.model_dump(), "product": "economy"}
        return await rider.api.post("/v1/quotes", {**wish, **more})

    async def request(self, rider: Phone, pickup: Point = PICKUP, dropoff: Point = DROPOFF, **more: Any) -> str:
        """A requested trip's id; `more` are further fields of its quote."""
        quote = await self.quote(rider, pickup, dropoff, **more)
        return str((await rider.api.post("/v1/trips", {"quote_id": quote["id"]}))["id"])

    async def assigned(self, rider: Phone, driver: Phone) -> str:
        """A trip that the driver took."""
        trip_id = await self.request(rider)
        await driver.expect("trip.offer", trip_id=trip_id)
        await driver.api.post(f"/v1/trips/{trip_id}/offer/accept")
        await self.reaches(trip_id, "driver_assigned")
        return trip_id

    async def drive(self, rider: Phone, driver: Phone, trip_id: str, pickup: Point = PICKUP) -> None:
        """From the assignment to the completion."""
        pin = (await rider.api.get(f"/v1/trips/{trip_id}"))["pin"]
        await self.arrive(driver, trip_id, pickup)
        await driver.api.post(f"/v1/trips/{trip_id}/start", {"pin": pin})
        await driver.api.post(f"/v1/trips/{trip_id}/complete")

    async def arrive(self, driver: Phone, trip_id: str, at: Point = PICKUP) -> None:
        """The driver comes to the pickup, and says so as soon as the phone's position is known."""
        driver.at = at
        deadline = time.monotonic() + EXPECTED_WITHIN_S
        while True:
            await driver.report(at)
            try:
                await driver.api.post(f"/v1/trips/{trip_id}/arrive")
            except ApiProblemError as refused:
                if refused.code not in {"not_at_pickup", "position_unknown"} or time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)
            else:
                return

    async def reaches(self, trip_id: str, state: str, within_s: float = EXPECTED_WITHIN_S) -> Json:
        """Wait for the trip's state; returns its row."""
        return await self.becomes(
            "select * from trips where id = %s", [trip_id], lambda row: row["state"] == state, within_s
        )

    async def becomes(
        self, query: str, parameters: list[Any], holds: Callable[[Json], bool], within_s: float = EXPECTED_WITHIN_S
    ) -> Json:
        """Wait until `holds` is true of a query's first row; returns the row. Fails with the last row."""
        deadline = time.monotonic() + within_s
        while True:
            rows = await self.rows(query, *parameters)
            if rows and holds(rows[0]):
                return rows[0]
            assert time.monotonic() < deadline, f"not within {within_s} s: {query} {parameters}; last: {rows}"
            await asyncio.sleep(0.1)

    async def rows(self, query: str, *parameters: Any) -> list[Json]:
        """Rows of the product's database."""
        async with await psycopg.AsyncConnection.connect(self.record.database_url, row_factory=dict_row) as connection:
            return await (await connection.execute(query.encode(), parameters)).fetchall()

    async def ledger(self, trip_id: str) -> dict[str, int]:
        """What the trip's orders moved, by account; `taken` is what Stripe has captured."""
        return sums(await self.rows(TRIPS_ACCOUNTS.replace("%(trip_id)s", "%s"), trip_id))

    async def hold_is_released(self, trip_id: str) -> None:
        """Wait until the trip's order is cancelled, and Stripe holds nothing and took nothing."""
        await self.becomes(
            "select * from payment_orders where trip_id = %s", [trip_id], lambda order: order["state"] == "cancelled"
        )
        totals = (await self.double("/_double/totals?key=trip_id"))["by_metadata"].get(trip_id, {})
        assert totals.get("held_minor", 0) == totals.get("captured_minor", 0) == 0, totals

    async def double(self, path: str, body: Json | None = None) -> Json:
        """The Stripe double's control API."""
        answer = await (self.stripe.get(path) if body is None else self.stripe.post(path, json=body))
        answer.raise_for_status()
        return dict(answer.json())

    def aws(self, service: str) -> Any:
        """A client of the local cloud's AWS API, for acts of an operator."""
        return boto3.client(
            service,
            endpoint_url=self.record.endpoint_url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    async def _taken(self, kind: str, make: Any) -> Person:
        free = self._pool.free[kind]
        person: Person = free.pop() if free else await make()
        self._exits.callback(free.append, person)
        return person

    async def _phone(self, person: Person) -> Phone:
        account = Account(person.email, person.token, self.api.signed_in(person.token))
        phone = await self._exits.enter_async_context(Phone.on(account, self.record.websocket_url))
        phone.person_id = person.id
        return phone

    async def _new_rider(self, card: str) -> Person:
        account = await sign_up(self.api, Mailbox(), "rider", f"rider-{uuid4().hex[:12]}")
        await add_card(account.api, self.stripe, card)
        return Person(subject_of(account.token), account.email, account.token)

    async def _new_driver(self, **vehicle: Any) -> Person:
        name = uuid4().hex[:12]
        account = await sign_up(self.api, Mailbox(), "driver", f"driver-{name}")
        me = {"name": "Driver", "phone": "+14155550100", "licence": f"D{name[:7]}"}
        await account.api.post("/v1/drivers/me", me)
        car = {"make": "Toyota", "model": "Prius", "year": 2023, "colour": "silver", "vehicle_class": "economy"}
        added = await account.api.post("/v1/drivers/me/vehicles", {"plate": name[:7].upper(), **car, **vehicle})
        person = Person(subject_of(account.token), account.email, account.token, added["id"])
        boss = await self.operator()
        await boss.post(f"/v1/drivers/{person.id}/verify")
        return person

    async def operator(self) -> Api:
        return self.api.signed_in(await self.operators_token())

    async def operators_phone(self) -> Phone:
        """The live connection of an operator's console."""
        await self.operators_token()
        assert self._pool.operator is not None
        return await self._phone(self._pool.operator)

    async def operators_token(self) -> str:
        if self._pool.operator is None:
            account = await operator(self.api, self.aws("cognito-idp"), self.record.user_pool_id)
            self._pool.operator = Person(subject_of(account.token), account.email, account.token)
        return self._pool.operator.token

    async def _end_trip(self, rider: Person) -> None:
        """End the trip of a failed test, which would block the next test's."""
        for trip in await self.rows("select trip_id from published_active_trips where rider_id = %s", rider.id):
            with suppress(ApiProblemError):
                await self.api.signed_in(rider.token).post(f"/v1/trips/{trip['trip_id']}/cancel")

    async def _take_off_the_road(self, driver: Person) -> None:
        api = self.api.signed_in(driver.token)
        for trip in await self.rows("select trip_id from published_active_trips where driver_id = %s", driver.id):
            with suppress(ApiProblemError):
                await api.post(f"/v1/trips/{trip['trip_id']}/cancel")
        with suppress(ApiProblemError):
            await api.post("/v1/drivers/me/offline")


def subject_of(token: str) -> str:
    """The person's id: the token's `sub`."""
    claims = token.split(".")[1]
    return str(json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])


async def _keep_alive(phone: Phone) -> None:
    while not phone.silent:
        await asyncio.sleep(_HEARTBEAT_S)
        await phone.report(phone.at)
