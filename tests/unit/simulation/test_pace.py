"""The pace of a demo, and a driver's phone when the cloud is overloaded."""

from typing import Any

import pytest

from rideflow.kernel.geo import Point
from simulation import demo
from simulation.api import ApiProblemError
from simulation.driver import Driver
from simulation.measures import Latencies
from simulation.pace import FASTEST, Pace
from simulation.people import Account


class Clock:
    """A clock that a test sets."""

    at = 100.0

    def __call__(self) -> float:
        return self.at


def answers(pace: Pace, clock: Clock, seconds: float, after_s: float) -> None:
    """Ten answers a second for the given time, each after the given delay."""
    for _ in range(round(seconds * 10)):
        clock.at += 0.1
        pace.answered(after_s)


def test_a_cloud_that_answers_early_is_played_faster_up_to_the_fastest() -> None:
    pace = Pace(clock=(clock := Clock()))
    begun = pace.speed
    answers(pace, clock, 1.2, 0.02)
    assert begun < pace.speed < FASTEST
    answers(pace, clock, 30, 0.02)
    assert pace.speed == FASTEST


def test_a_cloud_that_is_behind_is_played_slower_and_then_faster_again() -> None:
    pace = Pace(clock=(clock := Clock()))
    answers(pace, clock, 60, 2.0)
    slow = pace.speed
    assert slow < 5
    answers(pace, clock, 10, 0.02)
    assert pace.speed > 2 * slow


def test_one_late_answer_changes_nothing() -> None:
    pace = Pace(clock=(clock := Clock()))
    answers(pace, clock, 30, 0.02)
    answers(pace, clock, 0.1, 1.0)
    answers(pace, clock, 2, 0.02)
    assert pace.speed == FASTEST


def test_a_speed_that_was_asked_for_is_kept() -> None:
    plan = demo.plan_of(None, 1, 500, 120.0, 1)
    answers(plan.pace, Clock(), 60, 2.0)
    assert plan.pace.speed == 120


def test_ride_seconds_that_have_passed_stay_passed_when_the_speed_changes() -> None:
    pace = Pace(clock=(clock := Clock()))
    clock.at += 2
    assert pace.now() == pytest.approx(2 * pace.speed)
    before = pace.now()
    answers(pace, clock, 10, 2.0)
    after, slow = pace.now(), pace.speed
    assert after > before
    clock.at += 1
    assert pace.now() == pytest.approx(after + slow)


def test_a_pace_to_watch_starts_at_its_fastest_and_stays_between_its_ends() -> None:
    pace = Pace(clock=(clock := Clock()), between=(1.0, 6.0))
    assert pace.speed == pace.fastest == 6
    answers(pace, clock, 60, 2.0)
    assert pace.speed == 1
    answers(pace, clock, 60, 0.02)
    assert pace.speed == 6
    assert Pace(1.0).fastest == 1


async def test_waiting_lasts_until_the_ride_seconds_have_passed() -> None:
    pace = Pace(speed=1_000)
    await pace.until(20)
    assert pace.now() >= 20


class Api:
    def __init__(self, answer: dict[str, Any] | ApiProblemError) -> None:
        self.answer = answer

    async def get(self, path: str) -> dict[str, Any]:
        assert path == "/v1/trips/t1"
        if isinstance(self.answer, ApiProblemError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(("answer", "drives"), [
    ({"state": "driver_assigned"}, True),
    ({"state": "cancelled"}, False),
    (ApiProblemError("GET", 404, {"code": "trip_not_found"}), False),
])  # fmt: skip
async def test_a_driver_whose_accept_was_not_answered_asks_whose_trip_it_is(
    answer: dict[str, Any] | ApiProblemError, drives: bool
) -> None:
    account = Account("driver@example.com", "token", Api(answer))  # type: ignore[arg-type]
    driver = Driver(account, "vehicle", Point(lat=37.77, lng=-122.42), Pace(), Latencies())

    assert await driver._drives("t1") is drives
