"""Parts of the cloud fail in the middle of a ride."""

import asyncio
import os
import re
import signal
import time
from pathlib import Path

import pytest

from local.stack import Stack
from tests.e2e.city import City
from tests.eventually import alive


async def test_redis_forgets_everything_in_the_middle_of_a_ride(city: City, stack: Stack) -> None:
    rider, driver = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, driver)
    await asyncio.to_thread(stack.restart_redis)
    await driver.report(driver.at)
    await rider.expect("driver.position", trip_id=trip_id)
    await city.drive(rider, driver, trip_id)
    paid = await city.reaches(trip_id, "paid")
    assert str(paid["driver_id"]) == driver.person_id


async def test_redis_forgets_everything_while_a_rider_waits(city: City, stack: Stack) -> None:
    rider = await city.rider()
    trip_id = await city.request(rider)
    await city.becomes("select 1 as waits from match_requests where trip_id = %s", [trip_id], lambda _: True)
    await asyncio.to_thread(stack.restart_redis)
    driver = await city.driver()
    offer = await driver.expect("trip.offer", within_s=90, trip_id=trip_id)
    assert offer["data"]["product"] == "economy"


async def test_a_function_is_killed_in_the_middle_of_the_saga(city: City, stack: Stack) -> None:
    """The hold's function is killed while it waits for Stripe: the saga retries, and there is one hold."""
    rider = await city.rider()
    await city.double("/_double/faults", {"kind": "slow", "path": "/v1/payment_intents", "seconds": 5, "times": 1})
    trip_id = await city.request(rider)
    await _killed(stack.folder.log("localstack"), "rideflow-local-payments-place_hold")
    await city.reaches(trip_id, "matching", within_s=90)
    totals = await city.double("/_double/totals?key=trip_id")
    assert totals["by_metadata"][trip_id]["payment_intents"] == 1


async def test_a_silent_phone_is_offline_after_a_minute(city: City) -> None:
    driver = await city.driver()
    driver.silent = True
    went_silent = time.monotonic()
    row = await city.becomes("select * from drivers where id = %s", [driver.person_id], lambda d: not d["online"], 90)
    assert row["state"] == "verified"
    assert 50 <= time.monotonic() - went_silent <= 80


async def _killed(log: Path, function: str) -> None:
    """Wait for the function's process and kill it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (pid := await asyncio.to_thread(_process_of, log, function)) is not None:
            os.kill(pid, signal.SIGKILL)
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"no process of {function} was started")


def _process_of(log: Path, function: str) -> int | None:
    """The function's last started process, if it lives. LocalStack's log names each; a stack begins with empty logs."""
    started = re.findall(rf"{function} runs as process (\d+)$", log.read_text(), re.MULTILINE)
    return pid if started and alive(pid := int(started[-1])) else None
