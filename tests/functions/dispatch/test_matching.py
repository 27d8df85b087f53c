import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from functions.dispatch import (
    accept_offer,
    accept_offer_live,
    decline_offer,
    decline_offer_live,
    expire_offers,
    give_up,
    on_driver_assigned,
    on_driver_cancelled,
    on_driver_went_offline,
    on_trip_completed,
    on_trip_ended,
    on_trip_requested,
    open_request,
    sweep_requests,
    tick,
)
from functions.realtime import sync
from rideflow.kernel import executions
from rideflow.kernel.access import Caller
from rideflow.kernel.geo import Point
from rideflow.supply.position import Position
from tests.adapters.supply.street import CORNER
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event, signed_in, websocket_event

EVENTS = Path(__file__).parents[3] / "events" / "dispatch"


class Saga:
    """The calls of Step Functions that dispatch uses."""

    class exceptions:  # noqa: N801 - boto3's own spelling
        class TaskTimedOut(Exception): ...  # noqa: N818

        class InvalidToken(Exception): ...  # noqa: N818

        class TaskDoesNotExist(Exception): ...  # noqa: N818

        class ExecutionAlreadyExists(Exception): ...  # noqa: N818

        class ExecutionDoesNotExist(Exception): ...  # noqa: N818

    def __init__(self) -> None:
        self.answered: list[tuple[str, str]] = []
        self.started: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, str] = {}
        self.refuses: type[Exception] | None = None

    def send_task_success(self, taskToken: str, output: str) -> None:  # noqa: N803
        if self.refuses:
            raise self.refuses
        self.answered.append((taskToken, json.loads(output)["outcome"]))

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        if name in self.started:
            raise self.exceptions.ExecutionAlreadyExists
        self.started[name] = json.loads(input)

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803
        name = executionArn.rpartition(":")[2]
        if name not in self.started:
            raise self.exceptions.ExecutionDoesNotExist
        return {"status": self.statuses.get(name, "RUNNING")}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Saga:
    states = Saga()
    monkeypatch.setattr(executions, "states_client", lambda: states)
    return states


def opened(city: City, rider: UUID | None = None, pickup: Point = CORNER) -> UUID:
    """A trip whose saga waits for a driver, and the tick that was asked for."""
    trip = city.street.trip("matching", rider_id=rider, pickup=pickup)
    step = {"trip_id": str(trip), "execution": str(trip), "task_token": f"token-{trip}", "patience_s": 300}
    assert open_request.app(step, LambdaContext()) is None
    return trip


def ticked(city: City) -> None:
    city.deliver(tick.app, *city.messages("dispatch-tick"))


def answered(app: Any, verb: str, trip: UUID, driver: Caller) -> Answer:
    path, parameters = f"/v1/trips/{trip}/offer/{verb}", {"trip_id": str(trip)}
    return answer(app, rest_event("POST", path, None, driver, path_parameters=parameters))


def test_from_request_to_assignment(city: City, states: Saga) -> None:
    rider = city.phone("rider", uuid4())
    driver = city.phone("driver", city.street.driver_at(400))
    trip = opened(city, rider.id)

    ticked(city)
    (offer,) = city.frames(driver, "trip.offer")
    assert offer["trip_id"] == str(trip)
    assert offer["fare"] == {"amount_minor": 1840, "currency": "USD"}
    assert {"pickup", "dropoff", "pickup_eta_s", "expires_at"} <= set(offer)

    accepted = answered(accept_offer.app, "accept", trip, driver)
    assert accepted.status == 202
    assert accepted.body == {"trip_id": str(trip), "state": "accepted", "promised_until": None}
    again = answered(accept_offer.app, "accept", trip, driver)
    assert (again.status, again.body["code"]) == (409, "offer_accepted")
    (told,) = city.frames(rider, "trip.updated")
    assert (told["state"], told["driver_id"]) == ("driver_assigned", str(driver.id))
    (event,) = [event for event in city.cloud.published() if event["detail-type"] == "DriverAssigned"]

    city.tell(on_driver_assigned.app, "DriverAssigned", "rideflow.trips", **event["detail"])
    assert states.answered == [(f"token-{trip}", "assigned")]


def test_the_websocket_answers_as_rest_does(city: City, states: Saga) -> None:
    driver = city.phone("driver", city.street.driver_at(400))
    trip = opened(city)
    ticked(city)

    stranger = answer(
        accept_offer_live.app, websocket_event("offer.accept", {"trip_id": str(trip)}, signed_in("driver"))
    )
    won = answer(accept_offer_live.app, websocket_event("offer.accept", {"trip_id": str(trip)}, driver))
    late = answer(decline_offer_live.app, websocket_event("offer.decline", {"trip_id": str(trip)}, driver))

    assert (stranger.status, stranger.code) == (404, "offer_not_found")
    assert (won.status, won.body["type"]) == (200, "offer.accepted")
    assert won.body["data"] == {"trip_id": str(trip), "promised_until": None}
    assert (late.status, late.code) == (409, "offer_accepted")


def test_a_driver_about_to_drop_off_promises_the_next_trip_and_sync_shows_it_to_both(city: City, states: Saga) -> None:
    city.street.rows("insert into zone_strategies values ('sf-bay', 'joint', 1, 1, 120)")
    driver, rider = city.phone("driver", city.street.driver()), city.phone("rider", uuid4())
    in_hand = city.street.trip("in_progress", driver_id=driver.id)
    near = Point(lat=37.7946, lng=-122.3958)
    position = Position(lat=near.lat, lng=near.lng, recorded_at=city.street.now)
    assert city.street.tracking.record(driver.id, [position]).verdicts == ("accepted",)
    trip = opened(city, rider.id, pickup=near)
    city.street.rows("update trips set quoted_duration_s = 400 where id = %s", trip)
    ticked(city)

    promised = answered(accept_offer.app, "accept", trip, driver)
    again = answer(accept_offer_live.app, websocket_event("offer.accept", {"trip_id": str(trip)}, driver))
    synced = [answer(sync.app, websocket_event("sync", {}, person)).body["data"] for person in (driver, rider)]

    assert (promised.status, promised.body["state"]) == (202, "promised")
    assert again.body["data"]["promised_until"] == promised.body["promised_until"]
    assert [data["promised"]["trip_id"] for data in synced] == [str(trip)] * 2
    assert [data["promised"]["after_trip"] for data in synced] == [str(in_hand), None]
    assert [data["trip"]["trip_id"] for data in synced] == [str(in_hand), str(trip)]
    assert len(city.frames(rider, "trip.promised")) == 1

    city.street.rows(
        "update trips set state = 'completed', completed_at = now(), ended_at = now() where id = %s", in_hand
    )
    for _ in range(2):
        city.tell(
            on_trip_completed.app, "TripCompleted", "rideflow.trips", trip_id=in_hand, driver_id=driver.id, version=6
        )

    assert [frame["driver_id"] for frame in city.frames(rider, "trip.updated")] == [str(driver.id)]
    assert answered(accept_offer.app, "accept", trip, driver).code == "offer_accepted"


def test_a_declined_offer_goes_to_the_next_driver(city: City, states: Saga) -> None:
    near, far = (city.phone("driver", city.street.driver_at(metres)) for metres in (100, 900))
    trip = opened(city)
    ticked(city)

    declined = answered(decline_offer.app, "decline", trip, near)
    ticked(city)

    assert (declined.status, declined.body["state"]) == (202, "declined")
    assert (len(city.frames(near, "trip.offer")), len(city.frames(far, "trip.offer"))) == (1, 1)
    assert answered(accept_offer.app, "accept", trip, near).code == "offer_declined"


def test_a_driver_who_loses_is_told_why(city: City, states: Saga) -> None:
    city.street.rows("insert into zone_strategies values ('sf-bay', 'broadcast', 3, 1, 0)")
    drivers = [city.phone("driver", city.street.driver_at(metres)) for metres in (100, 200, 300)]
    trip = opened(city)
    ticked(city)

    answers = [answered(accept_offer.app, "accept", trip, driver) for driver in drivers]

    assert [each.status for each in answers] == [202, 409, 409]
    assert {each.code for each in answers[1:]} == {"trip_taken"}
    city.tell(
        on_driver_assigned.app, "DriverAssigned", "rideflow.trips", trip_id=trip, driver_id=drivers[0].id, version=3
    )
    assert [len(city.frames(driver, "offer.withdrawn")) for driver in drivers] == [0, 1, 1]


def test_a_driver_who_goes_offline_loses_the_offer_to_the_next_driver(city: City, states: Saga) -> None:
    near, far = (city.phone("driver", city.street.driver_at(metres)) for metres in (100, 900))
    trip = opened(city)
    ticked(city)
    city.street.rows("update drivers set online = false, version = 2 where id = %s", near.id)

    assert answered(accept_offer.app, "accept", trip, near).code == "driver_offline"
    city.tell(
        on_driver_went_offline.app,
        "DriverWentOffline",
        "rideflow.drivers",
        driver_id=near.id,
        version=2,
        reason="driver",
    )
    ticked(city)

    assert city.frames(near, "offer.withdrawn") == [{"trip_id": str(trip)}]
    assert answered(accept_offer.app, "accept", trip, near).code == "driver_offline"
    assert len(city.frames(far, "trip.offer")) == 1
    assert answered(accept_offer.app, "accept", trip, far).status == 202


@pytest.mark.parametrize("app", [accept_offer.app, decline_offer.app])
def test_only_drivers_answer_offers_and_only_of_existing_trips(city: City, app: Any) -> None:
    verb = "accept" if app is accept_offer.app else "decline"
    rider, driver = signed_in("rider"), signed_in("driver")

    assert answered(app, verb, uuid4(), rider).code == "permission_missing"
    assert answered(app, verb, uuid4(), driver).code == "offer_not_found"
    assert answer(app, rest_event("POST", f"/v1/trips/' or 1=1/offer/{verb}", None, driver)).status == 422


def test_a_cancel_answers_the_saga_and_withdraws_the_offer(city: City, states: Saga) -> None:
    driver = city.phone("driver", city.street.driver_at(400))
    trip = opened(city)
    ticked(city)
    city.street.rows("update trips set state = 'cancelled', ended_at = now() where id = %s", trip)

    city.tell(on_trip_ended.app, "TripCancelled", "rideflow.trips", trip_id=trip, version=3)

    assert states.answered == [(f"token-{trip}", "cancelled")]
    assert city.frames(driver, "offer.withdrawn") == [{"trip_id": str(trip)}]


@pytest.mark.parametrize("refusal", ["TaskTimedOut", "InvalidToken", "TaskDoesNotExist"])
def test_a_saga_that_waits_no_more_does_not_mind(city: City, states: Saga, refusal: str) -> None:
    trip = opened(city)
    states.refuses = getattr(Saga.exceptions, refusal)

    city.tell(on_trip_ended.app, "TripCancelled", "rideflow.trips", trip_id=trip, version=3)

    (request,) = city.cloud.rows("select outcome from match_requests where trip_id = %s", trip)
    assert request["outcome"] == "cancelled"


def test_patience_ends_in_no_driver_found_once(city: City, states: Saga) -> None:
    trip = opened(city)

    outcomes = [give_up.app({"trip_id": str(trip), "execution": str(trip)}, LambdaContext()) for _ in range(2)]

    assert outcomes == [{"trip_id": str(trip), "outcome": "no_driver_found"}] * 2
    assert [event["detail-type"] for event in city.cloud.published()] == ["NoDriverFound"]
    city.tell(on_trip_ended.app, "NoDriverFound", "rideflow.trips", trip_id=trip, version=3)
    assert states.answered == [(f"token-{trip}", "no_driver_found")]


def test_a_request_starts_one_saga_and_each_driver_s_cancel_another(city: City, states: Saga) -> None:
    trip = uuid4()

    for _ in range(2):
        city.tell(on_trip_requested.app, "TripRequested", "rideflow.trips", trip_id=trip, version=1)
        city.tell(on_driver_cancelled.app, "DriverCancelled", "rideflow.trips", trip_id=trip, version=4)

    common = {"trip_id": str(trip), "patience_s": 300, "release": "r-tested"}
    assert states.started == {
        str(trip): {**common, "is_rematch": False},
        f"{trip}-4": {**common, "is_rematch": True},
    }


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT"])
@pytest.mark.parametrize(
    ("app", "event", "version", "name"),
    [(on_trip_requested.app, "TripRequested", 1, ""), (on_driver_cancelled.app, "DriverCancelled", 4, "-4")],
)
def test_a_saga_that_failed_is_followed_by_another_when_the_trip_is_told_of_again(
    city: City, states: Saga, app: Any, event: str, version: int, name: str, status: str
) -> None:
    trip = uuid4()
    first = f"{trip}{name}"
    for failed in ([], [first], [first, f"{first}_2"]):
        states.statuses = dict.fromkeys(failed, status)
        for _ in range(2):
            city.tell(app, event, "rideflow.trips", trip_id=trip, version=version)

        assert list(states.started) == [first, f"{first}_2", f"{first}_3"][: len(failed) + 1]
    assert len({json.dumps(each) for each in states.started.values()}) == 1


def test_a_saga_that_did_its_work_is_not_started_again(city: City, states: Saga) -> None:
    trip = uuid4()
    city.tell(on_trip_requested.app, "TripRequested", "rideflow.trips", trip_id=trip, version=1)
    states.statuses[str(trip)] = "SUCCEEDED"

    city.tell(on_trip_requested.app, "TripRequested", "rideflow.trips", trip_id=trip, version=1)

    assert list(states.started) == [str(trip)]


def test_the_saga_of_a_scheduled_ride_waits_until_its_rider_does_not(city: City, states: Saga) -> None:
    trip = uuid4()
    waits_until = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()

    for app, event in ((on_trip_requested.app, "TripRequested"), (on_driver_cancelled.app, "DriverCancelled")):
        city.tell(app, event, "rideflow.trips", trip_id=trip, version=4, waits_until=waits_until)

    assert {round(each["patience_s"], -2) for each in states.started.values()} == {1800}


def test_an_offer_s_end_comes_by_a_delayed_message(city: City, states: Saga) -> None:
    driver = city.phone("driver", city.street.driver_at(400))
    trip = opened(city)
    ticked(city)
    city.street.rows("update offers set expires_at = now() - interval '1 second'")
    queue = boto3.client("sqs").get_queue_url(QueueName="dispatch-offer-expiry")["QueueUrl"]
    waiting = boto3.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )
    assert waiting["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"

    city.deliver(expire_offers.app, {"zone": "sf-bay"})

    assert city.street.rows("select state from offers") == [{"state": "expired"}]
    assert answered(accept_offer.app, "accept", trip, driver).code == "offer_expired"
    assert len(city.messages("dispatch-tick")) == 1


def test_the_sweep_asks_for_a_tick_where_somebody_waits(city: City, states: Saga) -> None:
    opened(city)
    city.messages("dispatch-tick")
    city.street.redis.flushall()

    sweep_requests.app({}, LambdaContext())

    assert [message["zone"] for message in city.messages("dispatch-tick")] == ["sf-bay"]


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_committed_event_is_one_the_handler_reads(path: Path, city: City, states: Saga) -> None:
    if path.stem == "give_up":
        city.street.trip("matching", trip_id=UUID(json.loads(path.read_text())["trip_id"]))
    app = import_module(f"functions.dispatch.{path.stem}").app
    returned = app(json.loads(path.read_text()), LambdaContext())

    if path.stem.startswith(("accept", "decline")):
        assert json.loads(returned["body"]).get("data", json.loads(returned["body"]))["code"] == "offer_not_found"
    elif path.stem in {"tick", "expire_offers"} or path.stem.startswith("on_"):
        assert returned == {"batchItemFailures": []}
