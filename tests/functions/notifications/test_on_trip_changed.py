import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.notifications import on_trip_changed
from rideflow.kernel.postgres import database
from rideflow.realtime import gateway
from rideflow.realtime.wiring import realtime
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event
from tests.vehicles import vehicle_of

RIDER_ID, DRIVER_ID = uuid4(), uuid4()


@pytest.fixture
def sent(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The frames that reach the apps of the rider (`rider's phone`) and the driver (`driver's phone`)."""
    frames: list[tuple[str, dict[str, Any]]] = []

    def post(_gateway: gateway.ManagementGateway, connection_id: str, text: str) -> None:
        frames.append((connection_id, json.loads(text)))

    monkeypatch.setattr(gateway.ManagementGateway, "post", post)
    realtime().connect(RIDER_ID, "rider's phone", {"rider"})
    realtime().connect(DRIVER_ID, "driver's phone", {"driver"})
    return frames


def trip_event(kind: str, driver_id: UUID | None = DRIVER_ID, **more: Any) -> dict[str, Any]:
    detail = {
        "id": str(uuid4()),
        "at": "2026-10-01T18:00:00Z",
        "trip_id": str(uuid4()),
        "rider_id": str(RIDER_ID),
        "driver_id": str(driver_id) if driver_id else None,
        "version": 3,
        "state": "driver_assigned",
        "zone": "sf-north",
        "market": "san_francisco",
        **more,
    }
    return event_of(kind, "rideflow.trips", detail)


def deliver(*events: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = on_trip_changed.app(sqs_event(*events), LambdaContext())
    return answered


def test_an_assignment_reaches_both_apps_with_the_driver_and_the_vehicle_of_the_trip(
    cloud: Cloud, sent: list[tuple[str, dict[str, Any]]]
) -> None:
    assigned, driven_since = vehicle_of(database(), DRIVER_ID), vehicle_of(database(), DRIVER_ID, "8XYZ789")
    cloud.rows(
        "update drivers set name = 'Grace', rating_sum = 14, rating_count = 3, vehicle_id = %s where id = %s",
        driven_since.id,
        DRIVER_ID,
    )
    event = trip_event("DriverAssigned", vehicle_id=str(assigned.id))

    assert deliver(event) == {"batchItemFailures": []}

    assert [connection_id for connection_id, _ in sent] == ["rider's phone", "driver's phone"]
    _, frame = sent[0]
    assert (frame["type"], frame["id"], frame["at"]) == ("trip.updated", event["detail"]["id"], "2026-10-01T18:00:00Z")
    assert frame["data"]["trip_id"] == event["detail"]["trip_id"]
    assert frame["data"]["driver"] == {
        "id": str(DRIVER_ID),
        "name": "Grace",
        "rating": 4.67,
        "vehicle": assigned.model_dump(mode="json"),
    }


def test_an_event_that_comes_twice_is_the_same_frame_twice(sent: list[tuple[str, dict[str, Any]]]) -> None:
    event = trip_event("DriverArrived", state="driver_arrived", version=4)

    deliver(event, event)

    assert len(sent) == 4
    assert {frame["id"] for _, frame in sent} == {event["detail"]["id"]}


def test_people_who_are_not_connected_do_not_hold_up_the_queue(cloud: Cloud) -> None:
    assert deliver(trip_event("TripMatching", None, state="matching")) == {"batchItemFailures": []}


def test_an_event_that_cannot_be_read_is_reported_alone(sent: list[tuple[str, dict[str, Any]]]) -> None:
    answered = deliver(event_of("TripPaid", "rideflow.trips", {"trip_id": "?"}), trip_event("TripPaid", state="paid"))

    assert len(answered["batchItemFailures"]) == 1
    assert len(sent) == 2
