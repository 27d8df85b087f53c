"""The events under `events/drivers`, which are also for trying a function by hand."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from functions.drivers import (
    add_vehicle,
    clear_destination,
    get_destination,
    get_driver,
    go_offline,
    go_online,
    on_driver_heartbeat_lost,
    on_trip_rated,
    put_preferences,
    register_driver,
    set_destination,
    verify_driver,
)
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, answer

EVENTS = Path(__file__).parents[3] / "events" / "drivers"


def example(operation: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{operation}.json").read_text())
    return event


def test_in_order_they_take_a_driver_from_registration_to_the_end_of_the_day(cloud: Cloud) -> None:
    assert answer(register_driver.app, example("register_driver")).status == 201
    assert answer(verify_driver.app, example("verify_driver")).body["state"] == "verified"
    added = answer(add_vehicle.app, example("add_vehicle"))
    assert added.status == 201

    chosen = json.loads(example("go_online")["body"])["vehicle_id"]
    cloud.rows("update driver_vehicles set id = %s where id = %s", UUID(chosen), UUID(added.body["id"]))
    assert answer(go_online.app, example("go_online")).body["online"]
    assert answer(put_preferences.app, example("put_preferences")).body["accepted_payments"] == ["credit", "debit"]
    assert answer(set_destination.app, example("set_destination")).body["left_today"] == 1
    assert answer(get_destination.app, example("get_destination")).status == 200
    assert answer(clear_destination.app, example("clear_destination")).status == 200
    assert answer(go_offline.app, example("go_offline")).status == 200

    assert on_trip_rated.app(example("on_trip_rated"), LambdaContext()) == {"batchItemFailures": []}
    assert answer(get_driver.app, example("get_driver")).body["rating"] == 5.0


def test_the_news_of_a_lost_heartbeat_is_understood(cloud: Cloud) -> None:
    heard = on_driver_heartbeat_lost.app(example("on_driver_heartbeat_lost"), LambdaContext())

    assert heard == {"batchItemFailures": []}


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_each_belongs_to_an_operation(path: Path) -> None:
    assert (EVENTS.parents[1] / "functions" / "drivers" / f"{path.stem}.py").exists()
