import json
from typing import Any
from uuid import uuid4

import pytest

from functions.notifications import on_scheduled_ride_changed
from rideflow.realtime import gateway
from rideflow.realtime.wiring import realtime
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, event_of, sqs_event

RIDER_ID = uuid4()


@pytest.fixture
def sent(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The frames that reach the rider's phone."""
    frames: list[dict[str, Any]] = []

    def post(_gateway: gateway.ManagementGateway, connection_id: str, text: str) -> None:
        assert connection_id == "rider's phone"
        frames.append(json.loads(text))

    monkeypatch.setattr(gateway.ManagementGateway, "post", post)
    realtime().connect(RIDER_ID, "rider's phone", {"rider"})
    realtime().connect(uuid4(), "stranger's phone", {"rider"})
    return frames


def ride_event(kind: str, **more: Any) -> dict[str, Any]:
    detail = {
        "id": str(uuid4()),
        "at": "2026-10-01T18:00:00Z",
        "scheduled_ride_id": str(uuid4()),
        "rider_id": str(RIDER_ID),
        "version": 2,
        "pickup_at": "2026-10-01T18:12:00Z",
        "zone": "sf-bay",
        "market": "san_francisco",
        "product": "economy",
        "held_up_by": None,
        "trip_id": None,
        **more,
    }
    return event_of(kind, "rideflow.trips", detail)


def deliver(*events: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = on_scheduled_ride_changed.app(sqs_event(*events), LambdaContext())
    return answered


def test_a_rider_is_told_which_trip_their_ride_became(sent: list[dict[str, Any]]) -> None:
    trip_id = str(uuid4())
    event = ride_event("ScheduledRideDispatched", state="dispatched", trip_id=trip_id)

    assert deliver(event) == {"batchItemFailures": []}

    [frame] = sent
    assert (frame["type"], frame["id"], frame["at"]) == (
        "scheduled_ride.updated",
        event["detail"]["id"],
        "2026-10-01T18:00:00Z",
    )
    assert (frame["data"]["event"], frame["data"]["trip_id"]) == ("ScheduledRideDispatched", trip_id)
    assert frame["data"]["scheduled_ride_id"] == event["detail"]["scheduled_ride_id"]


def test_a_rider_is_told_why_a_ride_is_held_up_or_was_missed(sent: list[dict[str, Any]]) -> None:
    deliver(
        ride_event("ScheduledRideHeldUp", state="scheduled", held_up_by="payment_method"),
        ride_event("ScheduledRideMissed", state="missed", held_up_by="payment_method"),
    )

    assert [(frame["data"]["state"], frame["data"]["held_up_by"]) for frame in sent] == [
        ("scheduled", "payment_method"),
        ("missed", "payment_method"),
    ]


def test_an_event_that_cannot_be_read_is_reported_alone(sent: list[dict[str, Any]]) -> None:
    odd = event_of("ScheduledRideMissed", "rideflow.trips", {"rider_id": "?"})

    answered = deliver(odd, ride_event("ScheduledRideMissed", state="missed", held_up_by="late"))

    assert len(answered["batchItemFailures"]) == 1
    assert len(sent) == 1
