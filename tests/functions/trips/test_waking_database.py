"""The first requests after a pause meet a database that does not answer yet."""

import json
from uuid import uuid4

import pytest

from functions.trips import request_trip
from tests.functions.lambda_events import LambdaContext, rest_event
from tests.functions.sleeping import Night
from tests.functions.trips.rides import Rides


def test_a_request_that_wakes_the_database_is_told_when_to_come_again_and_its_repeats_make_one_trip(
    night: Night, rides: Rides, monkeypatch: pytest.MonkeyPatch
) -> None:
    rides.add_card()
    quote_id, key = rides.quote(), str(uuid4())
    night.falls()
    asked = rest_event("POST", "/v1/trips", {"quote_id": quote_id}, rides.rider, {"Idempotency-Key": key})

    with monkeypatch.context() as asleep:
        asleep.setenv("DATABASE_PORT", "9")
        refused = request_trip.app(asked, LambdaContext())
    assert refused["statusCode"] == 503
    assert json.loads(refused["body"])["code"] == "database_unavailable"
    assert int(refused["multiValueHeaders"]["Retry-After"][0]) > 0

    first, second = (rides.request(quote_id, key=key) for _ in range(2))

    assert (first.status, second.status) == (202, 202)
    assert first.body["id"] == second.body["id"]
    assert len(rides.cloud.rows("select id from trips")) == 1
