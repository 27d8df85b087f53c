"""Positions of a simulated driver's phone during a ride, and the summary of rides."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from rideflow.kernel.geo import Point
from rideflow.supply.model import MATCHABLE_FOR
from simulation import driver as phone
from simulation.demand import RideRequest
from simulation.driver import STANDING_STEP_S, Driver
from simulation.evening import Paid
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.rider import Ride

START, END = Point(lat=37.7749, lng=-122.4194), Point(lat=37.7949, lng=-122.4094)
SPEED = 50.0


class Sent:
    """A live connection that records the phone's positions."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.asked: list[bool] = []

    async def send(self, action: str, **fields: Any) -> None:
        self.points.append(Point(lat=fields["lat"], lng=fields["lng"]))
        self.asked.append(fields.get("ack", False))


class Api:
    """Accepts every command of a driver."""

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        return {}


def carried(speed: float, monkeypatch: pytest.MonkeyPatch, silent_at_most_s: float = 25.0) -> list[Point]:
    """The phone's positions between start and completion of a ride that lasts `speed` ride seconds."""
    monkeypatch.setattr(phone, "BUSY_STEP_RIDE_S", speed / 100)
    monkeypatch.setattr(phone, "SHORTEST_STEP_S", 0.001)
    monkeypatch.setattr(phone, "SILENT_AT_MOST_S", silent_at_most_s)
    monkeypatch.setattr(phone, "_SEEN_AGAIN_S", 0.0)

    async def ride() -> list[Point]:
        car, sent = Driver(_account(), "car", START, Pace(speed), Latencies()), Sent()
        one = Ride(RideRequest("r", 0, START, END, speed / 2), trip_id="1")
        one.pin.set_result("1234")
        await car._report(sent)  # type: ignore[arg-type]
        sent.points.clear()
        assert await car._carry(sent, one)  # type: ignore[arg-type]
        assert one.driven_s >= speed / 2
        return sent.points

    return asyncio.run(ride())


def _account() -> Any:
    class Person:
        api = Api()

    return Person()


def test_a_ride_that_is_played_fast_gives_no_evidence_of_its_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert carried(SPEED, monkeypatch) == []


def test_a_phone_without_a_signal_is_not_taken_for_one_that_died(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(carried(SPEED, monkeypatch, silent_at_most_s=0.02)) > 3


def test_a_ride_at_the_pace_of_life_is_seen_from_its_start_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = carried(1.0, monkeypatch)
    assert seen[0].lat == pytest.approx(START.lat, abs=0.001)
    assert seen[-1] == END
    assert len(seen) > 10


def test_a_phone_asks_for_an_answer_to_its_first_position_and_to_every_fourth() -> None:
    async def reports() -> list[bool]:
        car, sent = Driver(_account(), "car", START, Pace(1.0), Latencies()), Sent()
        for _ in range(9):
            await car._report(sent)  # type: ignore[arg-type]
        assert len(car._sent) == 3
        return sent.asked

    assert asyncio.run(reports()) == [True, False, False, False] * 2 + [True]


def test_a_waiting_car_is_heard_often_enough_to_be_offered_trips() -> None:
    assert timedelta(seconds=2 * STANDING_STEP_S) <= MATCHABLE_FOR


def test_the_summary_tells_the_fares_and_the_minutes_of_ride_time() -> None:
    async def ride(fare_minor: int, approach_s: float, driven_s: float) -> Ride:
        request = RideRequest("r", 0, START, END, driven_s)
        return Ride(request, fare_minor=fare_minor, approach_s=approach_s, driven_s=driven_s)

    async def rides() -> list[Ride]:
        return [await ride(1840, 300, 900), await ride(940, 180, 480), await ride(1310, 240, 600)]

    assert Paid.of(asyncio.run(rides())) == Paid((940, 1310, 1840), approach_min=4.0, ride_min=10.0)
    assert Paid.of([]) is None
