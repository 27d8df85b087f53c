import json
from typing import Any
from uuid import uuid4

import pytest

from functions.pricing import request_quote
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import Answer, answer, rest_event, signed_in

RIDER = signed_in("rider")
FERRY_BUILDING = {"lat": 37.7955, "lng": -122.3937}
MISSION = {"lat": 37.7599, "lng": -122.4148}
WANTED = {"pickup": FERRY_BUILDING, "dropoff": MISSION, "product": "economy"}


def ask(body: object, key: str | None = None, caller: Any = RIDER) -> Answer:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return answer(request_quote.app, rest_event("POST", "/v1/quotes", body, caller, headers))


def test_a_quote_shows_its_price_and_how_it_comes_about(cloud: Cloud) -> None:
    quote = ask(WANTED)
    assert quote.status == 201
    lines = {line["kind"]: line["amount_minor"] for line in quote.body["breakdown"]["lines"]}
    assert set(lines) == {
        "base", "distance", "time", "waiting", "surge", "tolls", "fees", "discount", "tax", "tip",
    }  # fmt: skip
    assert sum(lines.values()) == quote.body["breakdown"]["total_minor"] == quote.body["amount_minor"]
    assert "rate" not in quote.body


def test_the_same_key_is_answered_alike(cloud: Cloud) -> None:
    first = ask(WANTED, "the-phones-key")
    assert ask(WANTED, "the-phones-key") == first
    assert len(cloud.rows("select * from quotes")) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed_request"),
        ("", 422, "invalid_input"),
        ([], 422, "invalid_input"),
        ({**WANTED, "colour": "red"}, 422, "invalid_input"),
        ({**WANTED, "pickup": {"lat": 91, "lng": 0}}, 422, "invalid_input"),
        ({**WANTED, "pickup": {"lat": 37.7, "lng": -180.5}}, 422, "invalid_input"),
        ({**WANTED, "pickup": {"lat": "north", "lng": 0}}, 422, "invalid_input"),
        ({**WANTED, "pickup": {"lat": 1e400, "lng": 0}}, 422, "invalid_input"),
        ({**WANTED, "pickup": {"lat": 37.7}}, 422, "invalid_input"),
        ({**WANTED, "pickup": None}, 422, "invalid_input"),
        ({**WANTED, "product": "yacht"}, 422, "unknown_product"),
        ({**WANTED, "product": "economy'; drop table quotes; --"}, 422, "invalid_input"),
        ({**WANTED, "dropoff": {"lat": 48.2, "lng": 16.4}}, 422, "outside_service_area"),
        ({**WANTED, "pickup": {"lat": 0, "lng": 0}}, 422, "outside_service_area"),
        ({**WANTED, "pickup": {"lat": 37.82, "lng": -122.4782}}, 422, "blackout_area"),
        ({**WANTED, "dropoff": {"lat": 37.827, "lng": -122.423}}, 422, "blackout_area"),
        ({**WANTED, "needs": {"wheelchair_accessible": "perhaps"}}, 422, "invalid_input"),
        ({**WANTED, "needs": {"min_driver_rating": 5.1}}, 422, "invalid_input"),
        ({**WANTED, "needs": {"min_driver_rating": 4.75}}, 422, "invalid_input"),
        ({**WANTED, "needs": {"driver_gender": "f"}}, 422, "invalid_input"),
        (json.dumps({**WANTED, "note": "x" * 1_000_000}), 413, "too_large"),
        ('{"pickup": "\x00"}', 400, "malformed_request"),
    ],
)
def test_bad_input_is_named_and_nothing_is_stored(cloud: Cloud, body: object, status: int, code: str) -> None:
    refused = ask(body)
    assert (refused.status, refused.code) == (status, code), refused
    assert cloud.rows("select * from quotes") == []
    assert cloud.rows("select * from idempotency_keys") == []


def test_what_the_ride_needs_is_bound_with_the_price(cloud: Cloud) -> None:
    quote = ask({**WANTED, "needs": {"wheelchair_accessible": True, "min_driver_rating": 4.7}})

    assert quote.body["needs"] == {"wheelchair_accessible": True, "min_driver_rating": 4.7}
    assert ask({**WANTED, "needs": {"min_driver_rating": 9}}).body["errors"][0]["field"] == "needs.min_driver_rating"
    assert ask(WANTED).body["needs"] == {"wheelchair_accessible": False, "min_driver_rating": None}


def test_only_riders_ask_for_prices(cloud: Cloud) -> None:
    assert ask(WANTED, caller=signed_in("driver")).status == 403
    assert ask(WANTED, caller=None).status == 401
    without_key = answer(request_quote.app, rest_event("POST", "/v1/quotes", WANTED, RIDER))
    assert without_key.status == 422


def test_a_blackout_area_is_refused_with_its_reason_and_the_end_that_lies_in_it(cloud: Cloud) -> None:
    bridge = {"lat": 37.82, "lng": -122.4782}

    refused = ask({**WANTED, "dropoff": bridge})

    assert (refused.status, refused.code) == (422, "blackout_area")
    assert refused.body["reason"].startswith("Cars may not stop on the Golden Gate Bridge")
    assert refused.body["area"] == "golden-gate-bridge"
    (error,) = refused.body["errors"]
    assert (error["field"], error["code"], error["detail"]) == ("dropoff", "blackout_area", refused.body["reason"])
