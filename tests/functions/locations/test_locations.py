import json
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from functions.locations import measure_path, on_driver_position_stale, record_position
from functions.supply import (
    on_trip_changed,
    sweep_heartbeats,
)
from rideflow.kernel.access import Caller
from rideflow.kernel.polyline import decoded
from rideflow.kernel.sealing import of_trip
from rideflow.kernel.wiring import seals
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import LambdaContext, answer, signed_in, websocket_event
from tests.functions.locations.phones import batch, nearby_drivers, position, sent

EVENTS = Path(__file__).parents[3] / "events" / "locations"


def test_a_position_is_recorded_and_seen_by_riders(city: City) -> None:
    driver = city.phone("driver", city.street.driver())

    recorded = sent(city, driver, 300)

    assert (recorded.status, recorded.body["type"]) == (200, "location.recorded")
    (car,) = nearby_drivers().body["drivers"]
    assert car["distance_m"] == pytest.approx(300, abs=1)
    assert car["eta_s"] == pytest.approx(300 * 1.24 / (25 / 3.6), abs=1)
    assert set(car) == {"vehicle_class", "lat", "lng", "distance_m", "eta_s"}


def test_an_accepted_position_is_answered_only_if_its_phone_asks(city: City) -> None:
    driver = city.phone("driver", city.street.driver())

    unasked = record_position.app(websocket_event("location", position(city, 300, ago_s=4), driver), LambdaContext())
    (car,) = nearby_drivers().body["drivers"]
    asked = sent(city, driver, 310)

    assert unasked == {"statusCode": 200}
    assert car["distance_m"] == pytest.approx(300, abs=1)
    assert asked.body["type"] == "location.recorded"


def test_what_is_not_accepted_is_answered_unasked(city: City) -> None:
    driver, nobody = city.phone("driver", city.street.driver()), city.phone("driver", city.street.driver(online=False))
    sent(city, driver, 0, ago_s=4)

    def told(message: dict[str, Any], caller: Caller = driver) -> Any:
        assert "ack" not in message
        return answer(record_position.app, websocket_event("location", {**position(city), **message}, caller)).body

    assert told(position(city, 5_000))["data"]["verdict"] == "impossible_speed"
    assert told({"lat": 0, "lng": 0})["data"]["verdict"] == "outside_service_area"
    assert told({"lat": 91})["data"]["code"] == "invalid_input"
    assert told({}, nobody)["data"]["code"] == "driver_not_online"


def test_a_standing_car_whose_phone_sends_every_15_seconds_is_free_all_the_time(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    sweep = json.loads((EVENTS.parent / "supply" / "sweep_heartbeats.json").read_text())
    sent(city, driver, 300, ago_s=15)

    sweep_heartbeats.app(sweep, LambdaContext())

    assert len(nearby_drivers().body["drivers"]) == 1
    assert city.cloud.published() == []


def test_a_position_that_is_not_believed_is_answered_with_the_reason_and_counted(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = city.phone("driver", city.street.driver())
    sent(city, driver, 0, ago_s=4)

    rejected = sent(city, driver, 5_000)

    assert (rejected.status, rejected.body["type"]) == (200, "location.rejected")
    assert rejected.body["data"]["verdict"] == "impossible_speed"
    metric = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (metric["PositionRejected"], metric["reason"]) == ([1.0], "impossible_speed")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lat": 91}, "invalid_input"),
        ({"lng": -181}, "invalid_input"),
        ({"lat": "north"}, "invalid_input"),
        ({"recorded_at": "yesterday"}, "invalid_input"),
        ({"recorded_at": "2026-10-01T18:00:00"}, "invalid_input"),
        ({"heading_deg": 361}, "invalid_input"),
        ({"speed_mps": 1001}, "invalid_input"),
        ({"sent_at": "now"}, "invalid_input"),
        ({"altitude": 12}, "invalid_input"),
    ],
)
def test_bad_input_is_refused_and_leaves_no_trace(city: City, change: dict[str, Any], code: str) -> None:
    driver = city.phone("driver", city.street.driver())

    refused = answer(record_position.app, websocket_event("location", {**position(city), **change}, driver))

    assert refused.code == code
    assert nearby_drivers().body == {"drivers": []}


def test_only_drivers_may_send_positions(city: City) -> None:
    rider, offline = signed_in("rider"), city.phone("driver", city.street.driver(online=False))

    assert sent(city, rider).code == "permission_missing"
    assert (sent(city, offline).status, sent(city, offline).code) == (409, "driver_not_online")


def test_a_phone_whose_clock_is_slow_is_told_in_both_answers(city: City) -> None:
    live, kept = (city.phone("driver", city.street.driver()) for _ in range(2))
    shown = position(city, ago_s=45)
    event = websocket_event("location", {**shown, "sent_at": shown["recorded_at"]}, live)  # that asks for no answer

    frame = answer(record_position.app, event).body
    view = batch(city, kept, [shown], sent_at=shown["recorded_at"]).body

    assert frame["type"] == "location.recorded"
    for told in (frame["data"], view):
        assert told["clock_offset_s"] == pytest.approx(45, abs=5)
        assert told["matchable"]
    assert frame["data"]["recorded_at"] == shown["recorded_at"]


def test_a_place_outside_the_service_area_is_a_verdict_of_a_message_too(city: City) -> None:
    driver = city.phone("driver", city.street.driver())

    told = sent(city, driver, lat=0, lng=0)

    assert (told.status, told.body["type"]) == (200, "location.rejected")
    assert (told.body["data"]["verdict"], told.body["data"]["matchable"]) == ("outside_service_area", False)


def test_the_rider_follows_the_driver_from_assignment_to_completion(city: City) -> None:
    rider = city.phone("rider", uuid4())
    driver = city.phone("driver", city.street.driver())
    sent(city, driver, 500, ago_s=8)
    trip = city.street.trip("driver_assigned", driver_id=driver.id, rider_id=rider.id)
    told = {"trip_id": trip, "driver_id": driver.id, "rider_id": rider.id}

    city.tell(on_trip_changed.app, "DriverAssigned", "rideflow.trips", **told, version=3)
    sent(city, driver, 480, ago_s=4)
    (frame,) = city.frames(rider, "driver.position")
    assert (frame["trip_id"], frame["stale"]) == (str(trip), False)
    assert {"lat", "lng", "heading_deg", "eta_s", "recorded_at", "stale_after"} <= set(frame)
    assert nearby_drivers().body["drivers"] == []

    city.street.rows("update trips set state = 'completed', ended_at = now(), version = 6 where id = %s", trip)
    city.tell(on_trip_changed.app, "TripCompleted", "rideflow.trips", **told, version=6)
    sent(city, driver, 460)
    assert len(city.frames(rider, "driver.position")) == 1
    assert len(nearby_drivers().body["drivers"]) == 1


def test_the_rider_is_told_that_the_position_of_a_silent_driver_is_stale(city: City) -> None:
    rider = city.phone("rider", uuid4())
    driver = city.phone("driver", city.street.driver())
    city.street.trip("driver_assigned", driver_id=driver.id, rider_id=rider.id)
    sent(city, driver, 480, ago_s=20)
    sweep_heartbeats.app(json.loads((EVENTS.parent / "supply" / "sweep_heartbeats.json").read_text()), LambdaContext())
    (event,) = city.cloud.published()
    assert (event["detail-type"], event["source"]) == ("DriverPositionStale", "rideflow.supply")

    city.tell(on_driver_position_stale.app, "DriverPositionStale", "rideflow.supply", **event["detail"])

    assert [frame["eta_s"] is None for frame in city.frames(rider, "driver.position")] == [False, True]


def test_the_driven_path_is_archived_in_s3_and_read_back(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    trip = city.street.trip("in_progress", driver_id=driver.id)
    completed = (
        "insert into trip_events (trip_id, seq, type, at, actor, data)"
        " values (%s, 6, 'TripCompleted', %s, 'driver', '{}')"
    )
    for number in range(5):
        sent(city, driver, 50 * number)
        city.street.passes(1)
    city.street.rows(completed, trip, city.street.now)

    first = measure_path.app({"trip_id": str(trip)}, LambdaContext())
    city.street.redis.flushall()
    again = measure_path.app({"trip_id": str(trip)}, LambdaContext())

    assert first | {"driven_line": None} == again | {"driven_line": None}
    assert first["driven_distance_m"] == pytest.approx(200, abs=1)
    assert (first["driven_duration_s"], first["points"], first["coverage"]) == (5, 5, 1.0)
    lines = [seals().open_text(each["driven_line"], of_trip(trip, "driven_line")) for each in (first, again)]
    assert lines[0] == lines[1]
    assert len(decoded(lines[0] or "")) == 2
    [row] = city.street.rows("select rider_id from trips where id = %s", trip)
    people = sorted([row["rider_id"], driver.id])
    assert first["driven_line"].startswith(f"sealed.1.{people[0]}+{people[1]}.")
    assert boto3.client("s3").list_objects_v2(Bucket="paths")["Contents"][0]["Key"] == f"paths/{trip}"


def test_the_way_of_an_erased_driver_is_measured_without_its_line(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    trip = city.street.trip("in_progress", driver_id=driver.id)
    for number in range(5):
        sent(city, driver, 50 * number)
        city.street.passes(1)
    city.street.rows(
        "insert into trip_events (trip_id, seq, type, at, actor, data)"
        " values (%s, 6, 'TripCompleted', %s, 'driver', '{}')",
        trip,
        city.street.now,
    )
    boto3.client("dynamodb").put_item(TableName="person-keys", Item={"person_id": {"S": str(driver.id)}})

    measured = measure_path.app({"trip_id": str(trip)}, LambdaContext())

    assert (measured["driven_distance_m"], measured["driven_line"]) == (pytest.approx(200, abs=1), None)
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="paths")


def test_a_path_nobody_knows_is_null(city: City) -> None:
    trip = UUID(int=7)

    assert measure_path.app({"trip_id": str(trip)}, LambdaContext()) == {
        "trip_id": str(trip),
        "driven_distance_m": None,
        "driven_duration_s": None,
        "driven_line": None,
        "coverage": 0.0,
        "points": 0,
    }


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_committed_event_is_one_the_handler_reads(path: Path, city: City) -> None:
    returned = import_module(f"functions.locations.{path.stem}").app(json.loads(path.read_text()), LambdaContext())

    if path.stem.startswith("record_"):
        body = json.loads(returned["body"])
        assert body.get("data", body)["code"] == "driver_not_online"
    elif path.stem.startswith("on_"):
        assert returned == {"batchItemFailures": []}
