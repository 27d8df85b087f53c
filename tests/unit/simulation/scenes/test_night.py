"""A scene on the screen: its progress, its figures, and how it ends."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from rich.console import Console
from websockets import ConnectionClosedError

from simulation.books import Books
from simulation.demo import INTERRUPTED, play_scene
from simulation.rider import Ride
from simulation.scenes import play as module
from simulation.scenes.names import SceneName
from simulation.scenes.night import Life, Night
from simulation.scenes.play import TO_WATCH, ScenePlay, kept_open, night_of
from simulation.scenes.view import interrupted, line, summary
from simulation.stack import Stack


def night(rides: int = 3, speed: float | None = None) -> Night:
    return night_of(SceneName.EVENING, rides, 4, speed, 1)


async def ride(state: str, fare_minor: int = 0, waited_s: float = 0.0, cancelled_by: str = "") -> Ride:
    return Ride(Mock(), state=state, fare_minor=fare_minor, waited_s=waited_s, cancelled_by=cancelled_by)


def rides() -> list[Ride]:
    async def made() -> list[Ride]:
        return [
            await ride("paid", 1840, 300),
            await ride("paid", 940, 120),
            await ride("paid", 1310, 240),
            await ride("cancelled", cancelled_by="rider"),
            await ride("cancelled", waited_s=600, cancelled_by="driver"),
            await ride("no_driver_found"),
        ]

    return asyncio.run(made())


@pytest.fixture
def gone() -> Stack:
    """A stack at an address without a listener."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    where = {"rest_url": f"http://{address}/", "websocket_url": f"ws://{address}/", "stripe_url": f"http://{address}"}
    return Stack(
        **where,
        stripe_api_key="sk_test_key",
        database_url=f"postgresql://{address}/rideflow",
        identity_endpoint_url=f"http://{address}",
        user_pool_id="pool",
    )


def test_the_figures_are_those_by_which_an_evening_is_compared_with_life() -> None:
    assert Life.of(rides()) == Life(
        fares_minor={"median": 1310, "min": 940, "max": 1840},
        waits_min={"median": 4.5, "p90": 10.0},
        served_share=0.5,
        cancelled_by={"driver": 1, "rider": 1},
    )
    assert Life.of([]) == Life(None, None, 0.0, {})


async def test_an_app_whose_connection_fails_is_opened_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OPENED_AGAIN_AFTER_S", (0.0, 0.0))
    failures = [ConnectionError("refused"), ConnectionClosedError(None, None)]

    async def app() -> None:
        if failures:
            raise failures.pop()

    await kept_open(app)
    failures += [ConnectionError("refused")] * 3
    with pytest.raises(ConnectionError):
        await kept_open(app)


def test_an_interrupted_scene_tells_who_is_left() -> None:
    evening = night()
    evening.rides = rides()
    evening.cars = [Mock(state="offline"), Mock(state="with rider")]
    evening.rides[0].state = "matching"
    assert "1 of 2 drivers could not go offline, and riders still waiting: 1." in interrupted(evening)


def test_a_scene_without_a_speed_is_played_at_a_pace_that_can_be_watched() -> None:
    pace = night().plan.pace
    assert pace.speed == TO_WATCH[1]
    assert night(speed=30.0).plan.pace.speed == 30.0


def test_one_line_tells_the_time_the_cars_and_the_rides() -> None:
    evening = night()
    evening.stage = "rides"
    evening.rides = rides()
    evening.cars = [Mock(state=state) for state in ("free", "with rider", "free")]
    said = line(evening)
    assert said.startswith("17:0")
    assert "cars 2 free, 1 with rider; riders waiting 0; 6 of 6 rides over; 6.0 times real time" in said
    evening.stage = "books"
    assert line(evening) == "evening: books"


def test_the_summary_and_its_json_have_fares_waits_who_cancelled_and_the_books() -> None:
    evening = night()
    evening.rides, evening.books = rides(), Books(3, 0, 4090, 4090)
    evening.cars, evening.ran_s, evening.ridden_s, evening.fleet_cpu_s = [], 600.0, 3000.0, 60.0
    printed = io.StringIO()
    Console(file=printed, width=120).print(summary(evening))
    said = printed.getvalue()
    assert "Served: 50% of the requests" in said
    assert "Fares: 9.40 to 18.40, median 13.10" in said
    assert "median 4.5 min, p90 10.0 min" in said
    assert "Cancelled by: driver 1, rider 1" in said
    assert "Pace: 5.0 times real time for 10.0 min; all phones took 10.0% of a processor" in said
    assert "0 out of balance" in said
    figures = json.loads(json.dumps(evening.summary()))
    assert figures["scene"] == {"name": "evening", "seed": 1}
    assert figures["fares_minor"] == {"median": 1310, "min": 940, "max": 1840}
    assert figures["waits_min"] == {"median": 4.5, "p90": 10.0}
    assert figures["cancelled_by"] == {"driver": 1, "rider": 1}
    assert figures["pace"]["speed"] == 5.0
    assert evening.passed


def test_a_ride_that_is_stuck_or_a_cent_that_is_missing_fails_the_scene() -> None:
    evening = night()
    evening.rides, evening.books = rides(), Books(3, 0, 4090, 4089)
    assert not evening.passed
    evening.books = Books(3, 0, 4090, 4090)
    evening.rides[0].state = "in_progress"
    assert not evening.passed


def test_a_stack_that_is_gone_is_named_and_fails_the_scene(gone: Stack, tmp_path: Path) -> None:
    printed, json_out = io.StringIO(), tmp_path / "summary.json"
    console = Console(file=printed, width=200)
    assert play_scene(night(1, 1000.0), gone, Mock(), Mock(), console=console, json_out=json_out) == 1
    (trouble,) = json.loads(json_out.read_text())["errors"]
    assert trouble.startswith('the stack failed at the stage "opening": ConnectError')
    assert "The books were not audited." in printed.getvalue()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C works here as in a shell, also if the test run itself is one that ignores it, as in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_scene_ends_with_a_sentence(gone: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stopped(_: ScenePlay) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    monkeypatch.setattr(ScenePlay, "run", stopped)
    printed, evening = io.StringIO(), night(1)
    evening.rides = rides()
    console = Console(file=printed, width=200)
    assert play_scene(evening, gone, Mock(), Mock(), console=console, json_out=None) == INTERRUPTED
    assert "Interrupted when 6 of 6 rides had ended. All drivers went offline" in printed.getvalue()
    assert "nobody waits for a car any more" in printed.getvalue()
