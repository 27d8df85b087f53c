"""What a driver takes, through the functions: kinds of card, and trips that lead somewhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.drivers import (
    clear_destination,
    get_destination,
    on_driver_reached_destination,
    put_preferences,
    set_destination,
)
from tests.functions.cloud import Cloud
from tests.functions.drivers.conftest import App
from tests.functions.drivers.test_availability import deliver
from tests.functions.lambda_events import LambdaContext, answer, rest_event, signed_in

PATH = "/v1/drivers/me/destination"
HOME = {"place": {"lat": 37.3382, "lng": -121.8863}}
WORK = {"place": {"lat": 37.7936, "lng": -122.3958}}
EVENTS = Path(__file__).parents[3] / "events"


def ask(app: Any, method: str, caller: App, body: object = None, path: str = PATH) -> Any:
    return answer(app, rest_event(method, path, body, caller.caller))


def field_of(refused: Any) -> str:
    return str(refused.body["errors"][0]["field"])


def test_a_driver_heads_somewhere_until_they_are_there_and_twice_a_day_at_most(
    app: App, vehicle_id: str, cloud: Cloud
) -> None:
    assert ask(set_destination.app, "PUT", app, HOME).code == "driver_offline"
    app.go_online(vehicle_id)
    assert ask(get_destination.app, "GET", app).code == "destination_not_found"
    cloud.published()

    first = ask(set_destination.app, "PUT", app, HOME)
    assert (first.status, first.body["place"], first.body["left_today"]) == (200, HOME["place"], 1)
    assert ask(set_destination.app, "PUT", app, HOME) == ask(get_destination.app, "GET", app) == first
    assert [event["detail-type"] for event in cloud.published()] == ["DriverTraitsChanged"]
    reached = {"id": str(app.id), "driver_id": str(app.id), "until": first.body["until"], "zone": "sf-bay"}
    assert deliver(on_driver_reached_destination.app, "DriverReachedDestination", "rideflow.supply", reached) == []
    assert ask(get_destination.app, "GET", app).status == 404

    assert ask(set_destination.app, "PUT", app, WORK).body["left_today"] == 0
    assert ask(clear_destination.app, "DELETE", app).status == 200
    assert ask(clear_destination.app, "DELETE", app).status == 200
    assert ask(set_destination.app, "PUT", app, HOME).code == "destination_limit"


def test_a_driver_says_which_cards_they_take(app: App, vehicle_id: str, cloud: Cloud) -> None:
    cloud.published()
    path, wanted = "/v1/drivers/me/preferences", {"accepted_payments": ["debit", "credit"]}

    for _ in range(2):
        taken = ask(put_preferences.app, "PUT", app, wanted, path)
        assert (taken.status, taken.body["accepted_payments"]) == (200, ["credit", "debit"])
    assert [event["detail-type"] for event in cloud.published()] == ["DriverTraitsChanged"]
    for none in ([], ["cash"], ["debit", "debit"], "credit", None):
        refused = ask(put_preferences.app, "PUT", app, {"accepted_payments": none}, path)
        assert (refused.status, field_of(refused).split(".")[0]) == (422, "accepted_payments")


def test_a_driver_says_whether_they_take_upgrades_and_does_not_unless_they_say_so(app: App, vehicle_id: str) -> None:
    path, cards = "/v1/drivers/me/preferences", {"accepted_payments": ["credit"]}

    wished = ask(put_preferences.app, "PUT", app, {**cards, "takes_upgrades": True}, path)
    assert (wished.status, wished.body["takes_upgrades"]) == (200, True)
    assert app.me().body["takes_upgrades"] is True
    left_out = ask(put_preferences.app, "PUT", app, cards, path)
    assert (left_out.status, left_out.body["takes_upgrades"]) == (200, False)
    for nonsense in ("yes please", None, 2):
        refused = ask(put_preferences.app, "PUT", app, {**cards, "takes_upgrades": nonsense}, path)
        assert (refused.status, field_of(refused)) == (422, "takes_upgrades")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "place"),
        ({"place": {"lat": 91, "lng": 0}}, "place.lat"),
        ({**HOME, "arrive_by": "2020-01-01T00:00:00Z"}, "arrive_by"),
        ({**HOME, "arrive_by": "tomorrow"}, "arrive_by"),
        ({**HOME, "arrive_by": "2026-10-01T20:00:00"}, "arrive_by"),
        ({**HOME, "via": HOME}, "via"),
    ],
)
def test_a_bad_destination_is_refused_by_its_field(app: App, vehicle_id: str, body: object, field: str) -> None:
    app.go_online(vehicle_id)

    refused = ask(set_destination.app, "PUT", app, body)

    assert (refused.status, field_of(refused)) == (422, field)
    assert ask(get_destination.app, "GET", app).status == 404


def test_only_drivers_who_are_registered_have_destinations(app: App) -> None:
    assert ask(set_destination.app, "PUT", app, HOME).code == "driver_not_found"
    assert ask(set_destination.app, "PUT", App(signed_in("rider")), HOME).status == 403


def test_the_example_of_an_arrival_is_understood(cloud: Cloud) -> None:
    event = json.loads((EVENTS / "drivers" / "on_driver_reached_destination.json").read_text())

    assert on_driver_reached_destination.app(event, LambdaContext()) == {"batchItemFailures": []}
