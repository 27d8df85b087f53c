"""A small scene on the deployed local cloud: from sign-up to the books, and when it is interrupted."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.commands import demo
from local.demo import LocalMailbox, stack_of
from local.stack import Stack
from simulation.scenes.names import SceneName
from simulation.scenes.play import ScenePlay, night_of
from tests.e2e.city import City

SMALL = ["--scene", "evening", "--rides", "6", "--drivers", "4", "--speed", "60"]
BEGINS_WITHIN_S = 120.0


@pytest.fixture
def here(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "running_stack", lambda: stack.record)


@pytest.mark.long
@pytest.mark.usefixtures("here")
async def test_a_small_evening_is_served_at_its_quotes_and_its_books_balance(city: City, tmp_path: Path) -> None:
    figures, since = tmp_path / "evening.json", datetime.now(UTC)
    played: Result = await asyncio.to_thread(lambda: CliRunner().invoke(app, ["demo", *SMALL, "--json", str(figures)]))
    assert played.exit_code == 0, played.output
    told = json.loads(figures.read_text())
    assert told["rides"]["requested"] == 6
    assert told["rides"]["paid"] >= 4
    assert told["served_share"] == pytest.approx(told["rides"]["paid"] / 6, abs=0.001)
    assert told["books"]["unbalanced"] == 0
    assert told["books"]["captured_minor"] == told["books"]["stripe_minor"] > 0
    assert 700 <= told["fares_minor"]["min"] <= told["fares_minor"]["median"] <= told["fares_minor"]["max"] < 5_000
    assert 0 < told["waits_min"]["median"] <= told["waits_min"]["p90"]
    assert told["pace"]["first_car_s"] < BEGINS_WITHIN_S
    await city.becomes("select count(*) as online from drivers where online", [], lambda row: row["online"] == 0)
    paid = await city.rows("select * from trips where state = 'paid' and requested_at > %s", since)
    assert len(paid) == told["rides"]["paid"]
    assert [trip["final_amount_minor"] for trip in paid] == [trip["quoted_amount_minor"] for trip in paid]


async def test_a_scene_that_is_interrupted_leaves_no_driver_online_and_no_rider_waiting(city: City) -> None:
    night = night_of(SceneName.EVENING, 6, 3, 60.0, 2)
    play = ScenePlay(stack_of(city.record), LocalMailbox(), city.aws("cognito-idp"), night)
    running = asyncio.create_task(play.run())
    async with asyncio.timeout(BEGINS_WITHIN_S):
        while not any(ride.state in {"driver_assigned", "driver_arrived", "in_progress"} for ride in night.rides):
            assert not running.done(), night.errors
            await asyncio.wait({running}, timeout=0.1)
    begun = [ride.trip_id for ride in night.rides if ride.trip_id]

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert {car.state for car in night.cars} == {"offline"}
    await city.becomes("select count(*) as online from drivers where online", [], lambda row: row["online"] == 0)
    await city.becomes(
        "select count(*) as going_on from published_active_trips where trip_id = any(%s::uuid[])",
        [begun],
        lambda row: row["going_on"] == 0,
    )
