import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from functions.locations import (
    measure_path,
    on_driver_availability,
    on_trip_changed,
    place_in_queue,
    plan_heartbeat_sweeps,
    record_position,
    sweep_heartbeats,
)
from rideflow.kernel.access import Caller
from rideflow.kernel.errors import UnavailableError
from rideflow.kernel.polyline import decoded
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import milliseconds
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event, signed_in, websocket_event
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


def test_who_may_send_positions(city: City) -> None:
    rider, offline = signed_in("rider"), city.phone("driver", city.street.driver(online=False))

    assert sent(city, rider).code == "permission_missing"
    assert (sent(city, offline).status, sent(city, offline).code) == (409, "driver_not_online")


def test_a_phone_whose_clock_is_slow_is_told_in_both_answers(city: City) -> None:
    live, kept = (city.phone("driver", city.street.driver()) for _ in range(2))
    shown = position(city, ago_s=45)
    event = websocket_event("location", {**shown, "sent_at": shown["recorded_at"]}, live)

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


def test_nearby_asks_for_a_place_within_reason(city: City) -> None:
    for query in ({"lat": "99"}, {"radius_m": "0"}, {"radius_m": "10001"}, {"limit": "51"}, {"vehicle_class": "bus"}):
        assert nearby_drivers(**query).status == 422
    assert nearby_drivers(lat="0", lng="0").code == "outside_service_area"


def in_queue(person: Caller) -> Answer:
    return answer(place_in_queue.app, rest_event("GET", "/v1/locations/queue", caller=person))


def test_a_driver_in_an_airport_s_waiting_area_is_shown_the_place_in_its_queue(city: City) -> None:
    first, second = (city.phone("driver", city.street.driver()) for _ in range(2))
    lot = {"lat": 37.6325, "lng": -122.4022}
    for driver in (first, second):
        waiting = {**position(city), **lot}
        assert answer(record_position.app, websocket_event("location", waiting, driver)).status == 200

    shown = in_queue(second)

    assert shown.status == 200
    assert shown.body == {
        "area": "sfo",
        "name": "San Francisco International Airport",
        "vehicle_class": "economy",
        "position": 2,
        "length": 2,
        "since": shown.body["since"],
    }
    assert in_queue(first).body["position"] == 1


def test_who_stands_in_no_queue_is_told_so_and_riders_have_none(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    sent(city, driver, 300)

    assert (in_queue(driver).status, in_queue(driver).code) == (404, "not_in_queue")
    assert in_queue(signed_in("rider")).status == 403


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


def test_a_trip_nobody_drives_yet_concerns_no_driver(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    sent(city, driver)

    city.tell(on_trip_changed.app, "TripCancelled", "rideflow.trips", trip_id=uuid4(), driver_id=None, version=2)

    assert len(nearby_drivers().body["drivers"]) == 1


def test_going_offline_takes_the_car_off_the_map(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    sent(city, driver)

    city.tell(on_driver_availability.app, "DriverWentOffline", "rideflow.drivers", driver_id=driver.id, version=2)

    assert nearby_drivers().body["drivers"] == []


def test_a_driver_whose_phone_died_is_reported_lost(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    sent(city, driver, ago_s=61)
    heard_ms = milliseconds(city.street.now - timedelta(seconds=61))
    city.street.redis.hset(ZoneKeys("sf-bay").driver(driver.id), "heard", heard_ms)
    plan_heartbeat_sweeps.app({}, LambdaContext())
    queue = boto3.client("sqs").get_queue_url(QueueName="heartbeat")["QueueUrl"]
    (message,) = city.messages("heartbeat")
    delayed = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert delayed["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "5"

    city.deliver(sweep_heartbeats.app, message)

    (event,) = city.cloud.published()
    assert (event["detail-type"], event["detail"]["driver_id"]) == ("DriverHeartbeatLost", str(driver.id))


def test_a_zone_that_does_not_answer_leaves_the_others_mended(city: City) -> None:
    driver = city.phone("driver", city.street.driver())
    sent(city, driver)
    city.street.trip("driver_assigned", driver_id=driver.id)
    city.street.driver()  # heard of nowhere, so that every zone is asked
    seen = ZoneKeys("south-bay").seen
    city.street.redis.delete(seen)
    city.street.redis.set(seen, "broken")

    with pytest.raises(UnavailableError):
        plan_heartbeat_sweeps.app({}, LambdaContext())

    city.street.redis.delete(seen)
    assert len(city.messages("heartbeat")) == 1
    assert nearby_drivers().body["drivers"] == []


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

    assert first == again
    assert first["driven_distance_m"] == pytest.approx(200, abs=1)
    assert (first["driven_duration_s"], first["points"], first["coverage"]) == (5, 5, 1.0)
    assert len(decoded(first["driven_line"])) == 2
    assert boto3.client("s3").list_objects_v2(Bucket="paths")["Contents"][0]["Key"] == f"paths/{trip}.json.gz"


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
    elif path.stem == "place_in_queue":
        assert json.loads(returned["body"])["code"] == "not_in_queue"
    elif path.stem == "nearby":
        assert returned["statusCode"] == 200
    elif path.stem.startswith("on_") or path.stem == "sweep_heartbeats":
        assert returned == {"batchItemFailures": []}
