import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from functions.realtime import sync
from rideflow.kernel.access import Caller
from rideflow.kernel.postgres import database
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from rideflow.realtime import sync as answers
from tests.adapters.drivers.trip_rows import put_trip
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, answer, signed_in, websocket_event
from tests.vehicles import vehicle_of


@pytest.fixture
def rider(cloud: Cloud) -> Caller:
    return signed_in("rider")


@pytest.fixture
def driver(cloud: Cloud) -> Caller:
    return signed_in("driver")


@pytest.fixture
def trip_id(cloud: Cloud, rider: Caller, driver: Caller) -> UUID:
    """A trip under way, at version 5."""
    return put_trip(cloud.database_url, rider.id, driver.id, "in_progress")


def ask(caller: Caller, **asked: Any) -> Answer:
    return answer(sync.app, websocket_event("sync", asked, caller))


def test_an_app_that_knows_nothing_gets_its_trip_and_everything_that_happened(rider: Caller, trip_id: UUID) -> None:
    synced = ask(rider)

    assert (synced.status, synced.body["type"]) == (200, "sync")
    trip = synced.body["data"]["trip"]
    assert (trip["trip_id"], trip["state"], trip["version"]) == (str(trip_id), "in_progress", 5)
    assert trip["pickup"] == {"lat": 37.7749, "lng": -122.4194}
    assert [event["version"] for event in synced.body["data"]["events"]] == [1, 2, 3, 4, 5]
    assert [event["type"] for event in synced.body["data"]["events"]][-1] == "TripStarted"


def test_an_app_gets_only_what_it_missed(rider: Caller, trip_id: UUID) -> None:
    missed = ask(rider, trip_id=str(trip_id), after_version=3).body["data"]["events"]

    assert [(event["version"], event["state"]) for event in missed] == [(4, "driver_arrived"), (5, "in_progress")]


def test_an_app_that_missed_too_much_for_a_frame_gets_the_newest(
    rider: Caller, trip_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MAX_EVENTS", 2)

    assert [event["version"] for event in ask(rider).body["data"]["events"]] == [4, 5]


def test_an_app_that_missed_nothing_gets_its_trip_alone(rider: Caller, trip_id: UUID) -> None:
    data = ask(rider, after_version=5).body["data"]

    assert data["trip"]["version"] == 5
    assert data["events"] == []


def test_the_driver_of_the_trip_gets_it_too_and_never_its_pin(driver: Caller, trip_id: UUID) -> None:
    synced = ask(driver)

    assert synced.body["data"]["trip"]["trip_id"] == str(trip_id)
    text = json.dumps(synced.body)
    assert '"pin"' not in text
    assert re.search(r"(?<![\w.:-])4711(?![\w-])", text) is None, "as a word: an id may have these digits within"


def test_an_app_is_shown_the_vehicles_whose_ids_trip_and_log_have(
    cloud: Cloud, rider: Caller, driver: Caller, trip_id: UUID
) -> None:
    assigned, given_back = vehicle_of(database(), driver.id), vehicle_of(database(), uuid4(), "8XYZ789")
    cloud.rows("update trips set vehicle_id = %s where id = %s", assigned.id, trip_id)
    told = [("DriverAssigned", given_back.id), ("DriverCancelled", None), ("DriverAssigned", assigned.id)]
    for seq, (name, vehicle_id) in enumerate(told, start=6):
        data = Jsonb({"state": "in_progress", "vehicle_id": None if vehicle_id is None else str(vehicle_id)})
        cloud.rows("insert into trip_events values (%s, %s, %s, now(), 'system', null, %s)", trip_id, seq, name, data)

    synced = ask(rider, after_version=4).body["data"]

    shown = assigned.model_dump(mode="json")
    assert synced["trip"]["vehicle"] == shown
    assert "vehicle" not in synced["events"][0]["data"]
    assert [event["data"] for event in synced["events"][1:]] == [
        {"state": "in_progress", "vehicle": vehicle} for vehicle in (given_back.model_dump(mode="json"), None, shown)
    ]


def test_without_an_active_trip_there_is_nothing_to_miss(rider: Caller, cloud: Cloud) -> None:
    put_trip(cloud.database_url, rider.id, uuid4(), "completed")

    assert ask(rider).body["data"] == {"trip": None, "events": [], "promised": None}


def test_a_trip_that_ended_meanwhile_is_told_by_its_name(rider: Caller, cloud: Cloud) -> None:
    ended = put_trip(cloud.database_url, rider.id, uuid4(), "completed")

    data = ask(rider, trip_id=str(ended), after_version=5).body["data"]

    assert (data["trip"]["state"], data["trip"]["version"], data["trip"]["pickup"]) == ("completed", 6, None)
    assert [event["type"] for event in data["events"]] == ["TripCompleted"]


def test_somebody_elses_trip_looks_like_none(rider: Caller, trip_id: UUID) -> None:
    stranger = signed_in("rider")

    theirs, unknown = ask(stranger, trip_id=str(trip_id)), ask(stranger, trip_id=str(uuid4()))

    assert (theirs.status, theirs.code) == (404, "trip_not_found")
    assert theirs.body["data"] == unknown.body["data"]
    assert ask(stranger).body["data"]["trip"] is None


@pytest.mark.parametrize(
    "asked", [{"trip_id": "mine"}, {"after_version": -1}, {"after_version": 2**31}, {"after_version": "'"}, {"all": 1}]
)
def test_a_question_that_makes_no_sense_is_refused(rider: Caller, asked: dict[str, Any]) -> None:
    assert ask(rider, **asked).code == "invalid_input"


def test_an_operator_has_no_trip_of_their_own(trip_id: UUID) -> None:
    assert ask(signed_in("operator")).code == "permission_missing"


@pytest.mark.parametrize("member", ["reason", "cancel_reason"])
def test_an_app_is_shown_what_a_person_wrote_and_not_how_it_is_kept(
    cloud: Cloud, rider: Caller, driver: Caller, trip_id: UUID, member: str
) -> None:
    purpose = of_trip(trip_id, "cancel_reason")
    kept = seals().seal_text("flat tyre", [driver.id], purpose)
    log = (
        "insert into trip_events (trip_id, seq, type, at, actor, data)"
        " values (%s, %s, 'DriverCancelled', now(), 'driver', %s)"
    )
    for seq, text in ((6, kept), (7, "rider_no_show"), (8, seals().seal_text("moved", [driver.id], "elsewhere"))):
        cloud.rows(log, trip_id, seq, Jsonb({"state": "in_progress", member: text, "left_by": str(driver.id)}))

    events = ask(rider, after_version=5).body["data"]["events"]

    assert [event["data"][member] for event in events] == ["flat tyre", "rider_no_show", None]
    assert "sealed" not in str(events)
    assert {event["data"]["left_by"] for event in events} == {str(driver.id)}
