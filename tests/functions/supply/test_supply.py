import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from functions.locations import record_position
from functions.supply import (
    on_driver_availability,
    on_trip_changed,
    place_in_queue,
    plan_heartbeat_sweeps,
    sweep_heartbeats,
)
from rideflow.kernel.access import Caller
from rideflow.kernel.errors import UnavailableError
from rideflow.supply.keys import ZoneKeys
from rideflow.supply.model import milliseconds
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event, signed_in, websocket_event
from tests.functions.locations.phones import nearby_drivers, position, sent

EVENTS = Path(__file__).parents[3] / "events" / "supply"


def test_nearby_asks_for_a_place_within_reason(city: City) -> None:
    for query in ({"lat": "99"}, {"radius_m": "0"}, {"radius_m": "10001"}, {"limit": "51"}, {"product": "bus"}):
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


def test_a_zone_that_does_not_answer_leaves_the_others_reconciled(city: City) -> None:
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


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_committed_event_is_one_the_handler_reads(path: Path, city: City) -> None:
    returned = import_module(f"functions.supply.{path.stem}").app(json.loads(path.read_text()), LambdaContext())

    if path.stem == "place_in_queue":
        assert json.loads(returned["body"])["code"] == "not_in_queue"
    elif path.stem == "nearby":
        assert returned["statusCode"] == 200
    elif path.stem.startswith("on_") or path.stem == "sweep_heartbeats":
        assert returned == {"batchItemFailures": []}
