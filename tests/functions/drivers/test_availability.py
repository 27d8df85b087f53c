from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.drivers import on_driver_heartbeat_lost, on_trip_rated
from tests.adapters.drivers.trip_rows import put_trip
from tests.functions.cloud import Cloud
from tests.functions.drivers.conftest import App, verify
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event


def deliver(app: Any, detail_type: str, source: str, *details: dict[str, Any]) -> list[str]:
    """Hand the events over in one batch; the ids of the records that failed."""
    event = sqs_event(*(event_of(detail_type, source, detail) for detail in details))
    answered = app(event, LambdaContext())
    return [failure["itemIdentifier"] for failure in answered["batchItemFailures"]]


def heartbeat_lost(driver_id: UUID, at: datetime) -> dict[str, Any]:
    return {"id": str(uuid4()), "at": at.isoformat(), "driver_id": str(driver_id), "zone": "sf-north"}


def test_a_verified_driver_goes_online(app: App, vehicle_id: str, cloud: Cloud) -> None:
    cloud.published()

    online = app.go_online(vehicle_id)

    assert online.status == 200
    assert online.body["online"]
    assert online.body["vehicle_id"] == vehicle_id
    assert app.me().body == online.body
    [event] = cloud.published()
    assert event["detail-type"] == "DriverWentOnline"
    assert event["detail"] == {
        "id": event["detail"]["id"],
        "at": event["detail"]["at"],
        "driver_id": str(app.id),
        "version": 3,
        "zone": online.body["zone"],
        "vehicle_id": vehicle_id,
        "vehicle_class": "economy",
    }


def test_going_online_again_succeeds_and_says_nothing_new(app: App, vehicle_id: str, cloud: Cloud) -> None:
    first = app.go_online(vehicle_id)
    cloud.published()

    assert app.go_online(vehicle_id).body == first.body
    assert cloud.published() == []


def test_a_driver_who_is_not_verified_stays_offline(app: App, cloud: Cloud) -> None:
    app.register()
    vehicle_id = app.add_vehicle().body["id"]

    refused = app.go_online(vehicle_id)

    assert (refused.status, refused.code) == (409, "driver_not_verified")
    assert not app.me().body["online"]
    assert [event["detail-type"] for event in cloud.published()] == ["DriverRegistered"]


def test_somebody_elses_vehicle_looks_like_none(app: App, vehicle_id: str) -> None:
    other = App()
    other.register()
    verify(other.id)

    theirs, unknown = other.go_online(vehicle_id), other.go_online(str(uuid4()))

    assert (theirs.status, theirs.code) == (404, "vehicle_not_found")
    assert theirs.body == unknown.body


def test_a_vehicle_is_not_changed_while_online(app: App, vehicle_id: str) -> None:
    other = app.add_vehicle(plate="9XYZ999", vehicle_class="xl").body["id"]
    app.go_online(vehicle_id)

    assert app.go_online(other).code == "already_online"
    assert app.go_offline().status == 200
    assert app.go_online(other).body["vehicle_id"] == other


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lat": 91}, "invalid_input"),
        ({"lng": -181}, "invalid_input"),
        ({"lat": "north"}, "invalid_input"),
        ({"lat": None}, "invalid_input"),
        ({"lat": 48.8566, "lng": 2.3522}, "outside_service_area"),
        ({"vehicle_id": "prius"}, "invalid_input"),
        ({"zone": "sf-north"}, "invalid_input"),
    ],
)
def test_nobody_goes_online_nowhere(app: App, vehicle_id: str, changes: dict[str, Any], code: str) -> None:
    refused = app.go_online(**{"vehicle_id": vehicle_id, **changes})

    assert (refused.status, refused.code) == (422, code)
    assert not app.me().body["online"]


def test_not_a_number_is_no_latitude(app: App, vehicle_id: str) -> None:
    from functions.drivers import go_online

    for number in ("NaN", "Infinity", "1e400"):
        body = f'{{"vehicle_id": "{vehicle_id}", "lat": {number}, "lng": -122.4}}'
        assert app.post(go_online.app, "/v1/drivers/me/online", body).status in {400, 422}
    assert not app.me().body["online"]


def test_a_driver_goes_offline(app: App, vehicle_id: str, cloud: Cloud) -> None:
    app.go_online(vehicle_id)
    cloud.published()

    offline = app.go_offline()

    assert offline.status == 200
    assert not offline.body["online"]
    [event] = cloud.published()
    assert (event["detail-type"], event["detail"]["reason"]) == ("DriverWentOffline", "driver")
    assert app.go_offline().body == offline.body
    assert cloud.published() == []


@pytest.mark.parametrize("state", ["driver_assigned", "driver_arrived", "in_progress"])
def test_a_driver_on_a_trip_stays_online(app: App, vehicle_id: str, cloud: Cloud, state: str) -> None:
    app.go_online(vehicle_id)
    put_trip(cloud.database_url, uuid4(), app.id, state)

    refused = app.go_offline()

    assert (refused.status, refused.code) == (409, "driver_on_trip")
    assert app.me().body["online"]


def test_a_silent_driver_is_taken_offline(app: App, vehicle_id: str, cloud: Cloud) -> None:
    app.go_online(vehicle_id)
    cloud.published()
    lost = heartbeat_lost(app.id, datetime.now(UTC) + timedelta(seconds=1))

    for _ in range(2):  # delivered twice
        assert deliver(on_driver_heartbeat_lost.app, "DriverHeartbeatLost", "rideflow.supply", lost) == []

    assert not app.me().body["online"]
    [event] = cloud.published()
    assert (event["detail-type"], event["detail"]["reason"]) == ("DriverWentOffline", "heartbeat_lost")


def test_a_silent_driver_on_a_trip_is_left_alone(app: App, vehicle_id: str, cloud: Cloud) -> None:
    app.go_online(vehicle_id)
    put_trip(cloud.database_url, uuid4(), app.id, "in_progress")
    lost = heartbeat_lost(app.id, datetime.now(UTC) + timedelta(seconds=1))

    assert deliver(on_driver_heartbeat_lost.app, "DriverHeartbeatLost", "rideflow.supply", lost) == []

    assert app.me().body["online"]


def test_old_news_of_silence_does_not_take_a_driver_off_who_is_back(app: App, vehicle_id: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    app.go_online(vehicle_id)

    deliver(on_driver_heartbeat_lost.app, "DriverHeartbeatLost", "rideflow.supply", heartbeat_lost(app.id, before))

    assert app.me().body["online"]


def test_one_bad_record_does_not_hold_up_the_others(app: App, vehicle_id: str) -> None:
    app.go_online(vehicle_id)
    later = datetime.now(UTC) + timedelta(seconds=1)
    details = [{"nonsense": True}, heartbeat_lost(uuid4(), later), heartbeat_lost(app.id, later)]

    failed = deliver(on_driver_heartbeat_lost.app, "DriverHeartbeatLost", "rideflow.supply", *details)

    assert len(failed) == 1
    assert not app.me().body["online"]


def test_a_riders_stars_count_for_the_driver_once_a_trip(app: App, vehicle_id: str) -> None:
    rated = {
        "id": str(uuid4()),
        "at": datetime.now(UTC).isoformat(),
        "trip_id": str(uuid4()),
        "rider_id": str(uuid4()),
        "driver_id": str(app.id),
        "rater": "rider",
        "ratee_id": str(app.id),
        "stars": 4,
    }
    by_driver = {**rated, "rater": "driver", "ratee_id": rated["rider_id"], "stars": 1}

    assert deliver(on_trip_rated.app, "TripRated", "rideflow.trips", rated, rated, by_driver) == []

    me = app.me().body
    assert (me["rating"], me["rating_count"]) == (4.0, 1)
