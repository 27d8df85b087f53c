"""How fast a demo plays, and what a driver's phone does when the cloud is behind."""

from typing import Any

import pytest

from rideflow.kernel.geo import Point
from simulation import demo
from simulation.api import ApiProblemError
from simulation.driver import Driver
from simulation.measures import Latencies
from simulation.people import Account


@pytest.mark.parametrize(("drivers", "cores", "speed"), [(6, 2, 60), (8, 2, 60), (20, 2, 24), (20, 8, 60), (40, 1, 6)])
def test_more_drivers_than_the_machine_carries_slow_the_demo_down(
    monkeypatch: pytest.MonkeyPatch, drivers: int, cores: int, speed: float
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)

    assert demo.plan_of(None, 1, drivers, None, 1).speed == speed


def test_a_speed_that_was_asked_for_is_kept() -> None:
    assert demo.plan_of(None, 1, 500, 120.0, 1).speed == 120


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
    driver = Driver(account, "vehicle", Point(lat=37.77, lng=-122.42), 1.0, Latencies())

    assert await driver._drives("t1") is drives
