"""A driver of a scene: cars move along streets, and not every offer is taken, nor every ride driven."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from rideflow.kernel.geo import Point, distance_m
from simulation.api import ApiProblemError, LiveConnection
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.people import Account
from simulation.rider import Ride
from simulation.scenes import car as module
from simulation.scenes.car import UNSEEN_START_M, Car
from simulation.scenes.names import SceneName
from simulation.scenes.plan import ScenePlan, Shift, Wish, planned
from simulation.scenes.streets import point_of, san_francisco

STREETS = san_francisco()
PLAN: ScenePlan = planned(SceneName.EVENING, 6, 4, 1, STREETS)
WISH: Wish = PLAN.wishes[0]._replace(changes_mind=None, comes=True)
SHIFT: Shift = PLAN.shifts[0]._replace(start=PLAN.wishes[1].pickup, declines=0.0, lets_pass=0.0, silent_on_ride=None)
SPEED = 400.0
LEAP_M = 400.0
"""What a car drives between two positions of these tests, with room for a machine that is busy."""


class Cloud:
    """The API and the live connection of one phone. An accepted offer is confirmed at once."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.positions: list[Point] = []
        self.headings: list[float | None] = []
        self.answers: list[tuple[str, str]] = []
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self.refusals: dict[str, str] = {}
        self.trip_state = "driver_assigned"
        self.sent: Callable[[], None] = lambda: None

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        self.calls.append(path)
        if code := self.refusals.get(path.rsplit("/", 1)[-1]):
            raise ApiProblemError(path, 409, {"code": code})
        return {}

    async def get(self, path: str) -> dict[str, Any]:
        return {"state": self.trip_state}

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        self.listeners.append(listener)

    def tell(self, kind: str, **data: Any) -> None:
        for listener in self.listeners:
            listener({"type": kind, "data": data})

    async def send(self, action: str, **fields: Any) -> None:
        if action == "location":
            self.positions.append(Point(lat=fields["lat"], lng=fields["lng"]))
            self.headings.append(fields.get("heading_deg"))
            if fields.get("ack"):
                self.tell("location.recorded", recorded_at=fields["recorded_at"])
        else:
            self.answers.append((action, fields["trip_id"]))
            if action == "offer.accept":
                self.tell("offer.accepted", trip_id=fields["trip_id"])
        self.sent()

    def offer(self, trip_id: str = "t1") -> None:
        self.tell("trip.offer", trip_id=trip_id, expires_at=(datetime.now(UTC) + timedelta(seconds=15)).isoformat())


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = Cloud()

    @asynccontextmanager
    async def opened(_url: str, _token: str) -> AsyncIterator[Cloud]:
        yield cloud

    monkeypatch.setattr(LiveConnection, "open", opened)
    monkeypatch.setattr(module, "MOVING_STEP_S", 4 / SPEED)
    monkeypatch.setattr(module, "_CORNER_STEP_S", 1 / SPEED)
    monkeypatch.setattr(module, "STANDING_STEP_S", 15 / SPEED)
    monkeypatch.setattr(module, "_THINKS_S", (0.001, 0.002))
    monkeypatch.setattr(module, "NO_SHOW_AFTER_S", 0.1)
    return cloud


def car(cloud: Cloud, shift: Shift = SHIFT, wish: Wish = WISH, speed: float = SPEED) -> Car:
    account = Account("driver@example.com", "token", cloud)  # type: ignore[arg-type]
    return Car(account, "vehicle", shift, PLAN, STREETS, {wish.request.id: wish}, Pace(speed), Latencies())


async def becomes(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - the car does not tell
            await asyncio.sleep(0.002)


@asynccontextmanager
async def working(car: Car, ride: Ride | None = None) -> AsyncIterator[asyncio.Task[None]]:
    """The car at work; it goes home when the test has seen enough."""
    task = asyncio.create_task(car.work("ws://", {"t1": ride} if ride else {}))
    await becomes(lambda: car.state == "free" or task.done())
    yield task
    car.go_home()
    async with asyncio.timeout(20):
        await task


def ride_of(wish: Wish = WISH) -> Ride:
    ride = Ride(wish.request, trip_id="t1", state="driver_assigned")
    ride.pin.set_result("1234")
    return ride


async def test_a_ride_is_driven_without_a_leap_from_where_the_car_was_to_the_dropoff(cloud: Cloud) -> None:
    driver, ride = car(cloud), ride_of()
    async with working(driver, ride):
        cloud.offer()
        await becomes(lambda: driver.rides_driven == 1)
    assert cloud.answers == [("offer.accept", "t1")]
    assert [path.removeprefix("/v1/trips/t1/") for path in cloud.calls if "t1" in path] == [
        "arrive",
        "start",
        "complete",
        "ratings",
    ]
    assert point_of(STREETS.corners[WISH.dropoff]) in cloud.positions
    steps = [distance_m(a, b) for a, b in pairwise(cloud.positions)]
    assert sorted(steps)[-2] < LEAP_M, "but for the start of the ride, which is not seen"
    assert any(heading is not None for heading in cloud.headings)
    assert ride.approach_s > 0
    assert ride.waited_s > ride.approach_s
    assert ride.driven_s > 60
    assert driver.state == "offline"


async def test_a_ride_that_is_played_fast_comes_into_sight_behind_the_pickup_so_that_its_quote_stands(
    cloud: Cloud,
) -> None:
    driver, ride = car(cloud), ride_of()
    before: list[int] = []
    cloud.sent = lambda: before.append(len(cloud.positions)) if driver.state != "with rider" else None
    async with working(driver, ride):
        cloud.offer()
        await becomes(lambda: driver.state == "with rider")
        seen = len(cloud.positions)
        await becomes(lambda: len(cloud.positions) > seen)
        assert distance_m(cloud.positions[seen], WISH.request.pickup) > UNSEEN_START_M
        await becomes(lambda: driver.rides_driven == 1)


async def test_a_ride_at_the_pace_of_life_is_seen_from_its_start(cloud: Cloud) -> None:
    assert car(cloud, speed=1.0)._unseen_m() == 0
    assert car(cloud, speed=2.0)._unseen_m() == UNSEEN_START_M
    following = car(cloud)
    following._pace = Pace(between=(1.0, 6.0))
    following._pace.speed = 1.0
    assert following._unseen_m() == UNSEEN_START_M, "it may be faster before the ride is over"


async def test_offers_are_declined_let_pass_or_declined_for_a_stranger(cloud: Cloud) -> None:
    for shift, ride, answers in (
        (SHIFT._replace(declines=1.0), ride_of(), [("offer.decline", "t1")]),
        (SHIFT, None, [("offer.decline", "t1")]),
        (SHIFT._replace(lets_pass=1.0), ride_of(), []),
    ):
        cloud.answers.clear()
        driver = car(cloud, shift)
        async with working(driver, ride):
            cloud.offer()
            await becomes(lambda driver=driver: driver.offers_passed == 1)  # type: ignore[misc]
        assert cloud.answers == answers
        assert driver.rides_taken == 0


async def test_a_rider_who_does_not_come_is_waited_for_and_then_the_trip_is_ended(cloud: Cloud) -> None:
    wish = WISH._replace(comes=False)
    driver = car(cloud, wish=wish)
    async with working(driver, ride_of(wish)):
        cloud.offer()
        await becomes(lambda: "/v1/trips/t1/cancel" in cloud.calls)
        await becomes(lambda: driver.state == "free")
    assert "/v1/trips/t1/start" not in cloud.calls
    assert driver.troubles == []


async def test_a_car_whose_rider_cancels_on_the_way_is_free_where_it_is(cloud: Cloud) -> None:
    driver, ride = car(cloud, speed=40.0), ride_of()
    async with working(driver, ride):
        cloud.offer()
        await becomes(lambda: driver.state == "to pickup" and len(cloud.positions) > 2)
        ride.state = "cancelled"
        cloud.tell("trip.updated", trip_id="t1", state="cancelled")
        await becomes(lambda: driver.state == "free")
    assert "/v1/trips/t1/arrive" not in cloud.calls
    assert distance_m(cloud.positions[-1], WISH.request.pickup) > 50
    assert cloud.calls[-1] == "/v1/drivers/me/offline"


async def test_a_ride_that_fails_is_handed_back_and_noted(cloud: Cloud) -> None:
    cloud.refusals = {"start": "trip_state_conflict"}
    driver = car(cloud)
    async with working(driver, ride_of()):
        cloud.offer()
        await becomes(lambda: bool(driver.troubles))
        await becomes(lambda: driver.state == "free")
    assert "/v1/trips/t1/cancel" in cloud.calls
    assert "trip_state_conflict" in driver.troubles[0]


async def test_a_ride_that_cannot_be_ended_at_once_is_ended_later(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ENDED_AGAIN_AFTER_S", (0.0, 0.0, 0.0))
    cloud.refusals = {"start": "trip_state_conflict", "cancel": "busy"}
    driver = car(cloud)
    async with working(driver, ride_of()):
        cloud.offer()
        await becomes(lambda: cloud.calls.count("/v1/trips/t1/cancel") > 1)
        cloud.refusals.clear()
        await becomes(lambda: bool(driver.troubles))
        await becomes(lambda: driver.state == "free")
    assert "trip_state_conflict" in driver.troubles[0]


async def test_a_phone_without_a_signal_tells_nothing_until_it_is_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SILENT_S", (600.0, 600.0))
    driver = car(cloud, SHIFT._replace(silent_on_ride=1))
    async with working(driver, ride_of()):
        cloud.offer()
        await becomes(lambda: driver.state == "to pickup")
        told = len(cloud.positions)
        await becomes(lambda: "/v1/trips/t1/arrive" in cloud.calls)
        assert cloud.positions[told] == WISH.request.pickup, "nothing on the way"
        await becomes(lambda: driver.rides_driven == 1)


async def test_free_cars_cruise_after_a_while(cloud: Cloud) -> None:
    driver = car(cloud)
    async with working(driver):
        await becomes(lambda: len({(place.lat, place.lng) for place in cloud.positions}) > 10)
    assert max(distance_m(a, b) for a, b in pairwise(cloud.positions)) < LEAP_M


async def test_a_driver_whom_the_product_took_offline_comes_back(cloud: Cloud) -> None:
    driver = car(cloud)
    async with working(driver):
        cloud.tell("problem", code="driver_not_online")
        await becomes(lambda: cloud.calls.count("/v1/drivers/me/online") == 2)
        assert driver.state == "free"


async def test_a_driver_leaves_when_the_shift_is_over(cloud: Cloud) -> None:
    driver = car(cloud, SHIFT._replace(leaves_after_s=0.0))
    async with working(driver) as task:
        await becomes(task.done)
    assert cloud.calls[-1] == "/v1/drivers/me/offline"
    assert driver.state == "offline"


async def test_a_driver_who_cannot_go_offline_is_not_said_to_be(cloud: Cloud) -> None:
    cloud.refusals = {"offline": "driver_on_trip"}
    driver = car(cloud)
    async with working(driver):
        pass
    assert driver.state == "free"


async def test_a_driver_who_must_stop_ends_the_ride_first(cloud: Cloud) -> None:
    driver, ride = car(cloud, speed=40.0), ride_of(WISH._replace(boards_s=0.0))
    task = asyncio.create_task(driver.work("ws://", {"t1": ride}))
    await becomes(lambda: driver.state == "free")
    cloud.offer()
    await becomes(lambda: driver.state == "with rider", within_s=60)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await driver.leave()
    assert cloud.calls[-2:] == ["/v1/trips/t1/complete", "/v1/drivers/me/offline"]
