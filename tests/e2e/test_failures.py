"""Parts of the cloud die in the middle of a ride."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from local.stack import Stack
from tests.e2e.city import City


async def test_redis_forgets_everything_in_the_middle_of_a_ride(city: City, stack: Stack) -> None:
    rider, driver = await city.rider(), await city.driver()
    trip_id = await city.assigned(rider, driver)
    await asyncio.to_thread(stack.restart_redis)
    await driver.report(driver.at)
    await rider.expect("driver.position", trip_id=trip_id)
    await city.drive(rider, driver, trip_id)
    await city.reaches(trip_id, "paid")


async def test_redis_forgets_everything_while_a_rider_waits(city: City, stack: Stack) -> None:
    rider = await city.rider()
    trip_id = await city.request(rider)
    await city.becomes("select 1 as waits from match_requests where trip_id = %s", [trip_id], lambda _: True)
    await asyncio.to_thread(stack.restart_redis)
    driver = await city.driver()
    await driver.expect("trip.offer", within_s=90, trip_id=trip_id)


async def test_a_function_is_killed_in_the_middle_of_the_saga(city: City) -> None:
    """The hold's function is stopped while it waits for Stripe, and killed there: the saga tries again, one hold."""
    rider = await city.rider()
    await city.double("/_double/faults", {"kind": "slow", "path": "/v1/payment_intents", "seconds": 5, "times": 1})
    trip_id = await city.request(rider)
    await _killed(city, "rideflow-local-payments-place_hold")
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


async def _killed(city: City, function: str) -> None:
    """Kill the process of this stack that serves the function, as soon as there is one."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (pid := await asyncio.to_thread(_process_of, city.record.endpoint_url, function)) is not None:
            os.kill(pid, signal.SIGKILL)
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"no process serves {function}")


def _process_of(endpoint_url: str, function: str) -> int | None:
    wanted = {f"AWS_LAMBDA_FUNCTION_NAME={function}", f"AWS_ENDPOINT_URL={endpoint_url}"}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_text(errors="replace").split("\0")
        except OSError:
            continue
        if wanted <= set(environment):
            return int(process.name)
    return None
