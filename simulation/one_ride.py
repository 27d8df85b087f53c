"""One ride by two people who have accounts, from the quote to the money at Stripe: whether a deployed stage works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import httpx

from rideflow.kernel.geo import Point
from simulation.api import Api, ApiProblemError, Json
from simulation.api import told as failure_told
from simulation.books import captured_for
from simulation.cards import add_card
from simulation.demand import RideRequest
from simulation.driver import Driver
from simulation.mailbox import Mailbox
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account, register, sign_in
from simulation.rider import FINAL_STATES, Ride, Rider
from simulation.travel import between, driving_s

_RIDE_WITHIN_S = 600.0
_AT_STRIPE_WITHIN_S = 180.0
"""Stripe's search knows a PaymentIntent within a minute."""
_ASK_AGAIN_S = 2.0
_STARTS_BEFORE = 0.9
"""The car waits a tenth of the ride's way from the pickup."""


class RideFailedError(Exception):
    """The ride did not end as it must; the message says where."""


@dataclass(frozen=True)
class People:
    """The two accounts of synthetic rides, and the key of Stripe by which their money is looked up."""

    rider_email: str
    rider_password: str
    driver_email: str
    driver_password: str
    vehicle_id: str
    stripe_key: str


@dataclass(frozen=True)
class Addresses:
    """Where the stage is reached."""

    rest_url: str
    websocket_url: str
    stripe_url: str


@dataclass
class Played:
    """A ride that went through: amounts in minor units, wall seconds of its parts."""

    trip_id: str
    receipt_minor: int
    captured_minor: int
    seconds: dict[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        return asdict(self)


async def sign_up_people(
    addresses: Addresses, mailbox: Mailbox, people: People, staff: Api, card: str | None
) -> People:
    """Sign up both people with the addresses and passwords of `people`; returns them with their vehicle.

    `staff` verifies the driver. `card` is a test card of Stripe's; without one, the rider's card is added by hand.
    A repeat goes on where one stopped. Raises `ApiProblemError`, `httpx.HTTPError`, `OSError`.
    """
    async with httpx.AsyncClient(timeout=30) as http, _stripe(addresses, people) as stripe:
        api = Api(addresses.rest_url, http)
        rider = await _account(api, mailbox, "rider", people.rider_email, people.rider_password)
        await rider.api.put("/v1/riders/me", {"name": "Synthetic rider"})
        if card is not None and not (await rider.api.get("/v1/riders/me/cards"))["cards"]:
            await add_card(rider.api, stripe, card)
        driver = await _account(api, mailbox, "driver", people.driver_email, people.driver_password)
        profile = await _driver(driver.api)
        vehicle_id = await _vehicle(driver.api, profile["vehicles"])
        await staff.post(f"/v1/drivers/{profile['id']}/verify")
    return replace(people, vehicle_id=vehicle_id)


async def _account(api: Api, mailbox: Mailbox, role: str, email: str, secret: str) -> Account:
    try:
        return await sign_in(api, email, secret)
    except ApiProblemError as problem:
        if problem.code != "wrong_credentials":
            raise
    return await register(api, mailbox, role, email, secret)


async def _driver(api: Api) -> Json:
    me = {"name": "Synthetic driver", "phone": "+14155550199", "licence": "SYNTHETIC"}
    try:
        return await api.post("/v1/drivers/me", me)
    except ApiProblemError as problem:
        if problem.code != "driver_exists":
            raise
    return await api.get("/v1/drivers/me")


async def _vehicle(api: Api, known: Sequence[Json]) -> str:
    if known:
        return str(known[0]["id"])
    car = {"make": "Toyota", "model": "Prius", "year": 2023, "colour": "silver", "vehicle_class": "economy"}
    return str((await api.post("/v1/drivers/me/vehicles", {"plate": "SYNTH1", **car}))["id"])


async def play_one_ride(
    addresses: Addresses, people: People, way: tuple[Point, Point], speed: float, told: Callable[[str], None]
) -> Played:
    """Play the ride at `speed` ride seconds a second, and look its money up. Raises `RideFailedError`."""
    timer = _Timer(told)
    try:
        async with httpx.AsyncClient(timeout=30) as http, _stripe(addresses, people) as stripe:
            with timer.part("sign in"):
                api = Api(addresses.rest_url, http)
                rider = await sign_in(api, people.rider_email, people.rider_password)
                driver = await sign_in(api, people.driver_email, people.driver_password)
                await _end_former_ride(rider)
            ride = await _ridden(addresses, rider, driver, people.vehicle_id, way, speed, timer)
            with timer.part("money"):
                captured = await _captured(stripe, ride)
    except (ApiProblemError, httpx.HTTPError, OSError) as error:
        raise RideFailedError(f"{timer.current}: {failure_told(error)}") from error
    if captured != ride.fare_minor:
        raise RideFailedError(f"The receipt says {ride.fare_minor}, and Stripe captured {captured}.")
    return Played(ride.trip_id, ride.fare_minor, captured, timer.seconds)


async def _ridden(  # noqa: PLR0917 - the stage, two people, and how they drive
    addresses: Addresses,
    rider: Account,
    driver: Account,
    vehicle_id: str,
    way: tuple[Point, Point],
    speed: float,
    timer: _Timer,
) -> Ride:
    """The paid ride. The driver goes offline afterwards, however it ended."""
    pickup, dropoff = way
    ride, rides = Ride(RideRequest("synthetic", 0, pickup, dropoff, driving_s(pickup, dropoff))), dict[str, Ride]()
    latencies, pace = Latencies(), Pace(speed)
    car = Driver(driver, vehicle_id, between(dropoff, pickup, _STARTS_BEFORE), pace, latencies)
    work = asyncio.create_task(car.work(addresses.websocket_url, rides))
    app = Rider(rider, ride, latencies, lambda seen: timer.tell(seen.state))
    phone = asyncio.create_task(app.ride(addresses.websocket_url, rides))
    try:
        with timer.part("ride"):
            await asyncio.wait({work, phone}, timeout=_RIDE_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            if work.done() and not phone.done():
                await work
            if not phone.done():
                raise RideFailedError(f"The ride is {ride.state} after {_RIDE_WITHIN_S:.0f} s: trip {ride.trip_id}.")
            await phone
        if ride.state != "paid":
            raise RideFailedError(f"The ride ended as {ride.state}: trip {ride.trip_id}.")
    finally:
        for each in (phone, work):
            each.cancel()
        await asyncio.gather(phone, work, return_exceptions=True)
        with suppress(ApiProblemError, httpx.HTTPError):
            await driver.api.post("/v1/drivers/me/offline")
    return ride


async def _end_former_ride(rider: Account) -> None:
    """Cancel the ride of a command that died: a rider has one at a time."""
    for trip in (await rider.api.get("/v1/trips", limit=1))["trips"]:
        if trip["state"] not in FINAL_STATES | {"completed"}:
            await rider.api.post(f"/v1/trips/{trip['id']}/cancel")


async def _captured(stripe: httpx.AsyncClient, ride: Ride) -> int | None:
    """What Stripe captured, as soon as its search knows it, or what it knows when the time is up."""
    deadline = time.monotonic() + _AT_STRIPE_WITHIN_S
    while True:
        captured = await captured_for(stripe, ride.trip_id)
        if captured == ride.fare_minor or time.monotonic() > deadline:
            return captured
        await asyncio.sleep(_ASK_AGAIN_S)


def _stripe(addresses: Addresses, people: People) -> httpx.AsyncClient:
    key = {"Authorization": f"Bearer {people.stripe_key}"}
    return httpx.AsyncClient(base_url=addresses.stripe_url, headers=key, timeout=30)


class _Timer:
    """Wall seconds of each part, and what goes on now."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self.current = ""
        self.tell = told

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self.current = name
        self.tell(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 2)
