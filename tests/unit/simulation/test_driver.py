"""What a simulated driver's phone sends while it drives, and what the summary says of the rides."""

import asyncio
from typing import Any

import pytest

from rideflow.kernel.geo import Point, distance_m
from simulation import driver as phone
from simulation.demand import RideRequest
from simulation.driver import HIDDEN_M, Driver
from simulation.evening import Paid
from simulation.measures import Latencies
from simulation.pace import Pace
from simulation.rider import Ride

START, END = Point(lat=37.7749, lng=-122.4194), Point(lat=37.7949, lng=-122.4094)


class Sent:
    """A live connection that keeps where the phone said it was."""

    def __init__(self) -> None:
        self.points: list[Point] = []

    async def send(self, action: str, **fields: Any) -> None:
        self.points.append(Point(lat=fields["lat"], lng=fields["lng"]))


def driven(speed: float, monkeypatch: pytest.MonkeyPatch, silent_at_most_s: float = 25.0) -> list[Point]:
    """Where a phone was seen on a way of ten ride seconds at so many ride seconds a second."""
    monkeypatch.setattr(phone, "BUSY_STEP_RIDE_S", 0.1)
    monkeypatch.setattr(phone, "SHORTEST_STEP_S", 0.001)
    monkeypatch.setattr(phone, "SILENT_AT_MOST_S", silent_at_most_s)
    car, sent = Driver(None, "car", START, Pace(speed), Latencies()), Sent()  # type: ignore[arg-type]
    seconds = asyncio.run(car._drive(sent, END, 10.0, seen=car._seen_share(END)))  # type: ignore[arg-type]
    assert seconds == pytest.approx(10.0, abs=speed)
    return sent.points


def test_a_ride_that_is_played_fast_is_no_evidence_of_its_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = driven(50.0, monkeypatch)
    assert len(seen) > 10
    assert distance_m(seen[-1], END) > HIDDEN_M, "the way's end is not known, so the quote stands"


def test_a_phone_without_a_signal_is_not_taken_for_one_that_died(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = driven(50.0, monkeypatch, silent_at_most_s=0.01)
    assert distance_m(seen[-1], END) < HIDDEN_M


def test_a_short_way_is_not_seen_at_all_rather_than_to_its_end() -> None:
    car = Driver(None, "car", START, Pace(15.0), Latencies())  # type: ignore[arg-type]
    assert car._seen_share(Point(lat=37.7760, lng=-122.4194)) == 0
    assert car._seen_share(END) == 0.5


def test_a_ride_at_the_pace_of_life_is_seen_to_its_end() -> None:
    car = Driver(None, "car", START, Pace(1.0), Latencies())  # type: ignore[arg-type]
    assert car._seen_share(END) == 1


def test_the_summary_tells_the_fares_and_the_minutes_of_ride_time() -> None:
    async def ride(fare_minor: int, approach_s: float, driven_s: float) -> Ride:
        request = RideRequest("r", 0, START, END, driven_s)
        return Ride(request, fare_minor=fare_minor, approach_s=approach_s, driven_s=driven_s)

    async def rides() -> list[Ride]:
        return [await ride(1840, 300, 900), await ride(940, 180, 480), await ride(1310, 240, 600)]

    assert Paid.of(asyncio.run(rides())) == Paid((940, 1310, 1840), approach_min=4.0, ride_min=10.0)
    assert Paid.of([]) is None
