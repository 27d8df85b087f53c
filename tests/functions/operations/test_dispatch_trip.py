from typing import Any
from uuid import UUID, uuid4

import boto3

from functions.dispatch import accept_offer, open_request
from functions.operations import dispatch_trip
from rideflow.kernel.access import Caller
from tests.functions.dispatch.conftest import City
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event, signed_in


def waiting(city: City) -> UUID:
    trip = city.street.trip("matching")
    step = {"trip_id": str(trip), "execution": str(trip), "task_token": "token", "patience_s": 300}
    assert open_request.app(step, LambdaContext()) is None
    return trip


def dispatched(trip: UUID, operator: Caller, body: Any, key: str | None = "key-of-an-operator") -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    parameters = {"trip_id": str(trip)}
    path = f"/v1/trips/{trip}/dispatch"
    return answer(dispatch_trip.app, rest_event("POST", path, body, operator, headers, path_parameters=parameters))


def test_an_operator_s_driver_hears_of_the_trip_and_takes_it(city: City) -> None:
    operator, trip = signed_in("operator"), waiting(city)
    driver = city.phone("driver", city.street.driver_at(18_000))
    body = {"driver_id": str(driver.id), "reason": "waits for four minutes"}

    made, again = (dispatched(trip, operator, body) for _ in range(2))

    assert (made.status, made.body["driver_id"]) == (201, str(driver.id))
    assert again == made
    (offer,) = city.frames(driver, "trip.offer")
    assert (offer["trip_id"], offer["expires_at"]) == (str(trip), made.body["expires_at"])
    (event,) = city.cloud.published()
    assert (event["source"], event["detail-type"]) == ("rideflow.dispatch", "TripDispatched")
    (action,) = city.cloud.rows("select operator_id, trip_id, outcome from operator_actions")
    assert action == {"operator_id": operator.id, "trip_id": trip, "outcome": "done"}
    path, parameters = f"/v1/trips/{trip}/offer/accept", {"trip_id": str(trip)}
    assert answer(accept_offer.app, rest_event("POST", path, None, driver, path_parameters=parameters)).status == 202


def test_a_queue_that_is_away_costs_an_operator_neither_the_offer_nor_the_answer(city: City) -> None:
    operator, trip = signed_in("operator"), waiting(city)
    driver = city.phone("driver", city.street.driver_at(18_000))
    sqs = boto3.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="dispatch-offer-expiry")["QueueUrl"])

    made = dispatched(trip, operator, {"driver_id": str(driver.id), "reason": "waits for four minutes"})

    assert made.status == 201
    assert [offer["trip_id"] for offer in city.frames(driver, "trip.offer")] == [str(trip)]


def test_nobody_is_offered_a_trip_if_that_cannot_be_audited(city: City) -> None:
    operator, trip = signed_in("operator"), waiting(city)
    driver = city.phone("driver", city.street.driver_at(18_000))
    city.cloud.rows("alter table operator_actions add constraint full_disk check (outcome <> 'done')")

    assert dispatched(trip, operator, {"driver_id": str(driver.id), "reason": "waits for long"}).status == 500

    assert city.cloud.rows("select from offers union all select from idempotency_keys") == []
    assert (city.cloud.rows("select from outbox"), city.cloud.published()) == ([], [])
    assert city.frames(driver, "trip.offer") == []


def test_only_operations_staff_may_dispatch(city: City) -> None:
    trip, body = waiting(city), {"driver_id": str(uuid4()), "reason": "mine"}

    for role in ("rider", "driver"):
        assert dispatched(trip, signed_in(role), body).code == "permission_missing"
    assert dispatched(trip, signed_in("admin"), body).code == "driver_not_found"


def test_a_dispatch_names_a_driver_and_a_reason_and_carries_a_key(city: City) -> None:
    trip, operator = waiting(city), signed_in("operator")
    whole = {"driver_id": str(uuid4()), "reason": "far away"}

    for missing in ({"reason": "x"}, {"driver_id": whole["driver_id"]}, {**whole, "reason": " "}, {**whole, "x": 1}):
        assert dispatched(trip, operator, missing).status == 422
    assert dispatched(trip, operator, whole, key=None).status == 422
    assert city.cloud.rows("select from operator_actions") == []


def test_an_unknown_trip_is_a_problem_and_is_recorded(city: City) -> None:
    refused = dispatched(uuid4(), signed_in("operator"), {"driver_id": str(uuid4()), "reason": "by mistake"})

    assert (refused.status, refused.code) == (404, "trip_not_found")
    assert city.cloud.rows("select outcome from operator_actions") == [{"outcome": "trip_not_found"}]
