from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from functions.trips import request_trip
from rideflow.kernel.postgres import DatabaseUnavailableError, database
from rideflow.trips.store import PostgresTrips
from rideflow.trips.wiring import trips
from tests.functions.lambda_events import answer, rest_event, signed_in
from tests.functions.trips.rides import DROPOFF, PICKUP, Rides


def stored(rides: Rides) -> int:
    """Rows that a request writes: all kinds, or none."""
    tables = ("trips", "trip_events", "outbox")
    counts = {table: rides.cloud.rows(f"select count(*) as n from {table}")[0]["n"] for table in tables}
    counts["keys"] = rides.cloud.rows("select count(*) as n from idempotency_keys where operation = 'request_trip'")[0][
        "n"
    ]
    return sum(counts.values())


def test_a_rider_with_a_card_and_a_quote_gets_a_trip(rides: Rides) -> None:
    rides.add_card()

    asked = rides.request()

    assert asked.status == 202
    assert asked.body["state"] == "requested"
    assert asked.body["rider_id"] == str(rides.rider.id)
    assert asked.body["pickup"] == PICKUP
    assert asked.body["dropoff"] == DROPOFF
    assert asked.body["pin"] is None
    assert rides.get(asked.body["id"]).body == asked.body
    [event] = rides.cloud.published()
    assert event["source"] == "rideflow.trips"
    assert event["detail"]["trip_id"] == asked.body["id"]
    assert "pickup" not in event["detail"], "the bus archives no places"


def test_a_rider_without_a_card_is_asked_for_one_and_nothing_is_stored(rides: Rides) -> None:
    refused = rides.request()

    assert (refused.status, refused.code) == (402, "payment_method_required")
    assert stored(rides) == 0


@pytest.mark.parametrize(
    ("of_another_rider", "valid_for", "status", "code"),
    [
        (False, timedelta(seconds=-1), 409, "quote_expired"),
        (True, timedelta(minutes=2), 404, "quote_not_found"),
    ],
)
def test_a_quote_that_expired_or_is_another_riders_opens_no_trip(
    rides: Rides, of_another_rider: bool, valid_for: timedelta, status: int, code: str
) -> None:
    rides.add_card()
    quote_id = rides.quote(signed_in("rider") if of_another_rider else None, valid_for=valid_for)

    refused = rides.request(quote_id)

    assert (refused.status, refused.code) == (status, code)
    assert stored(rides) == 0


def test_a_second_trip_is_refused_while_the_first_is_not_over_and_names_it(rides: Rides) -> None:
    first = rides.requested()

    refused = rides.request()

    assert (refused.status, refused.code, refused.body["trip_id"]) == (409, "active_trip_exists", first)


def test_the_next_trip_is_opened_once_the_first_is_over(rides: Rides) -> None:
    rides.cancelled()

    assert rides.request().status == 202


def test_the_same_key_twice_opens_one_trip_and_is_answered_alike(rides: Rides) -> None:
    rides.add_card()
    quote_id = rides.quote()

    first, second = rides.request(quote_id, key="the-same-key"), rides.request(quote_id, key="the-same-key")

    assert second == first
    assert rides.published() == ["TripRequested"]


def test_the_same_key_is_answered_alike_when_the_quote_has_expired_since(rides: Rides) -> None:
    rides.add_card()
    quote_id = rides.quote()
    first = rides.request(quote_id, key="the-same-key")
    rides.cloud.rows("update quotes set expires_at = now(), created_at = now() - interval '1 minute'")

    assert rides.request(quote_id, key="the-same-key") == first


def test_a_request_from_before_a_deployment_is_answered_alike_after_it(rides: Rides) -> None:
    rides.add_card()
    quote_id, key = rides.quote(), str(uuid4())
    first = rides.request(quote_id, key=key)
    rides.cloud.rows(
        "update idempotency_keys set response = response - '{arrival_distance_m,cancel_verdict,cancel_rule}'::text[]"
        " where operation = 'request_trip'"
    )

    again = rides.request(quote_id, key=key)

    assert (again.status, again.body) == (first.status, first.body)


def test_the_same_key_with_another_quote_is_refused(rides: Rides) -> None:
    rides.add_card()
    rides.request(key="the-same-key")

    refused = rides.request(key="the-same-key")

    assert (refused.status, refused.code) == (422, "idempotency_key_reused")


def test_two_riders_may_use_the_same_key(rides: Rides) -> None:
    other = signed_in("rider")
    rides.add_card()
    rides.add_card(other)

    assert rides.request(key="the-same-key").body["id"] != rides.request(key="the-same-key", rider=other).body["id"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ("{", {}, 400, "malformed_request"),
        ({}, {}, 422, "invalid_input"),
        ({"quote_id": "'; drop table trips; --"}, {}, 422, "invalid_input"),
        ({"quote_id": -1}, {}, 422, "invalid_input"),
        ({"quote_id": 10**400}, {}, 422, "invalid_input"),
        ({"quote_id": str(uuid4()), "fare": 1}, {}, 422, "invalid_input"),
        ({"quote_id": str(uuid4())}, {"Idempotency-Key": "short"}, 422, "invalid_input"),
        ({"quote_id": str(uuid4())}, {"Idempotency-Key": "x" * 129}, 422, "invalid_input"),
        ({"quote_id": str(uuid4())}, {"Idempotency-Key": "with space"}, 422, "invalid_input"),
        ("x" * 1_000_000, {}, 413, "too_large"),
        ('{"quote_id": "\\u0000"}', {}, 400, "malformed_request"),
        ({"quote_id": str(uuid4())}, {}, 404, "quote_not_found"),
    ],
)
def test_bad_input_is_told_apart_and_stores_nothing(
    rides: Rides, body: object, headers: dict[str, str], status: int, code: str
) -> None:
    rides.add_card()

    event = rest_event("POST", "/v1/trips", body, rides.rider, {"Idempotency-Key": str(uuid4()), **headers})
    refused = answer(request_trip.app, event)

    assert (refused.status, refused.code) == (status, code)
    assert stored(rides) == 0


def test_a_request_without_a_key_is_refused(rides: Rides) -> None:
    rides.add_card()

    refused = answer(request_trip.app, rest_event("POST", "/v1/trips", {"quote_id": rides.quote()}, rides.rider))

    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "idempotency-key")


def test_only_riders_request_trips(rides: Rides) -> None:
    assert rides.request(rides.quote(), rider=rides.driver).status == 403
    event = rest_event("POST", "/v1/trips", {"quote_id": str(uuid4())}, None, {"Idempotency-Key": str(uuid4())})
    assert answer(request_trip.app, event).status == 401


def test_requesting_costs_one_statement_besides_reading_the_quote(rides: Rides) -> None:
    rides.add_card()
    quote_id = rides.quote()
    trips()
    before = database().statements

    rides.request(quote_id)

    assert database().statements - before == 2  # quote read, trip written


def test_a_request_whose_answer_was_lost_is_answered_at_its_repeat_and_still_told_of(
    rides: Rides, monkeypatch: pytest.MonkeyPatch
) -> None:
    rides.add_card()
    quote_id = rides.quote()
    add = PostgresTrips.add

    def committed_but_unheard(*arguments: Any) -> None:
        add(*arguments)
        raise DatabaseUnavailableError("The connection was lost.")

    with monkeypatch.context() as lost:
        lost.setattr(PostgresTrips, "add", committed_but_unheard)
        assert rides.request(quote_id, key="the-same-key").status == 503

    repeated = rides.request(quote_id, key="the-same-key")
    assert repeated.status == 202
    assert [row["id"] for row in rides.cloud.rows("select id from trips")] == [UUID(repeated.body["id"])]
    assert [row["type"] for row in rides.cloud.rows("select type from outbox")] == ["TripRequested"]
