"""The sweep of requests is awake while somebody waits, is asked, or has a promise whose end may not be told."""

from uuid import uuid4

import pytest

from functions.dispatch import sweep_requests
from tests.functions.sleeping import Night

REQUEST = (
    "insert into match_requests (trip_id, rider_id, zone, product, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng,"
    " fare_amount_minor, currency, execution, task_token, opened_at, expires_at, closed_at, outcome)"
    " values (%s, gen_random_uuid(), 'sf-bay', 'economy', 37.77, -122.42, 37.79, -122.40, 1840, 'USD', 'e', 't', now(),"
    " now() + interval '5 minutes', %s, %s)"
)
OFFER = (
    "insert into offers (trip_id, driver_id, zone, slot, state, offered_at, expires_at, ended_at, promised_at,"
    " end_told_at, pickup_distance_m, pickup_eta_s, after_trip_id, free_at) values (%s, gen_random_uuid(), 'sf-bay', 0,"
    " %s, now(), now() + interval '1 hour', %s, %s, %s, 900, 180, gen_random_uuid(), now())"
)
AT = "2026-11-30T12:00:00Z"


def request(night: Night, *, is_open: bool) -> str:
    trip_id = str(uuid4())
    night.cloud.rows(REQUEST, trip_id, None if is_open else AT, None if is_open else "cancelled")
    return trip_id


def test_an_open_request_keeps_the_sweep_awake(night: Night) -> None:
    assert night.sleeps_after_a_run(sweep_requests)
    request(night, is_open=False)
    night.wakes()
    assert night.sleeps_after_a_run(sweep_requests)

    request(night, is_open=True)
    night.wakes()

    assert not night.sleeps_after_a_run(sweep_requests)


@pytest.mark.parametrize(
    ("state", "ended_at", "promised_at", "told_at", "sleeps"),
    [
        ("open", None, None, None, False),
        ("promised", None, AT, None, False),
        ("withdrawn", AT, AT, None, False),
        ("declined", AT, AT, None, False),
        ("expired", AT, AT, None, False),
        ("withdrawn", AT, AT, AT, True),
        ("accepted", AT, AT, None, True),
        ("expired", AT, None, None, True),
    ],
)
def test_an_offer_keeps_the_sweep_awake_until_its_end_is_told(
    night: Night, state: str, ended_at: str | None, promised_at: str | None, told_at: str | None, sleeps: bool
) -> None:
    night.cloud.rows(OFFER, request(night, is_open=False), state, ended_at, promised_at, told_at)

    assert night.sleeps_after_a_run(sweep_requests) == sleeps
