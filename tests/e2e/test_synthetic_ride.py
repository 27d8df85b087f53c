"""The synthetic ride that judges a deploy, on the deployed local cloud."""

import json
from asyncio import to_thread
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.commands import ride, stages
from local.stack import Stack
from tests.e2e.city import City


@pytest.fixture
def here(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (ride, stages):
        monkeypatch.setattr(module, "running_stack", lambda: stack.record)


def ridden(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ride", *arguments])


@pytest.mark.usefixtures("here")
async def test_a_ride_goes_through_with_its_money_and_by_the_same_people_again(city: City, tmp_path: Path) -> None:
    figures = tmp_path / "ride.json"
    first = await to_thread(lambda: ridden("--json", str(figures)))
    assert first.exit_code == 0, first.output
    played = json.loads(figures.read_text())
    totals = await city.double("/_double/totals?key=trip_id")
    captured = totals["by_metadata"][played["trip_id"]]["captured_minor"]
    assert captured == played["captured_minor"] == played["receipt_minor"] > 0
    assert played["seconds"].keys() == {"sign in", "ride", "money"}
    (before,) = await city.rows("select rider_id, driver_id from trips where id = %s", played["trip_id"])

    second = await to_thread(lambda: ridden("--json", str(figures)))
    assert second.exit_code == 0, second.output
    again = json.loads(figures.read_text())["trip_id"]
    assert again != played["trip_id"]
    (after,) = await city.rows("select rider_id, driver_id from trips where id = %s", again)
    assert after == before
    (driver,) = await city.rows("select online from drivers where id = %s", after["driver_id"])
    assert driver["online"] is False


@pytest.mark.usefixtures("here")
async def test_a_ride_that_cannot_be_paid_ends_the_command_with_a_failure(city: City) -> None:
    await city.double("/_double/faults", {"kind": "decline", "operation": "charge", "times": 1})
    try:
        said = await to_thread(ridden)
    finally:
        await city.stripe.delete("/_double/faults")
    assert said.exit_code == 1
    assert "The ride ended as cancelled" in said.stderr or "The ride ended as payment_failed" in said.stderr
