import base64
import json
from typing import Annotated

import pytest
from aws_lambda_powertools.event_handler.depends import Depends
from aws_lambda_powertools.event_handler.openapi.params import Query

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.geo import Point
from rideflow.kernel.model import Request, View
from rideflow.kernel.rest import MAX_BODY_BYTES, IdempotencyHeader, rest_api
from tests.functions.lambda_events import Answer, LambdaContext, answer, rest_event, signed_in


class Order(Request):
    pickup: Point
    note: str = ""


class OrderView(View):
    note: str


class SoldOutError(ConflictError):
    code = "sold_out"


app = rest_api()


@app.post("/v1/orders", status_code=201)
def order(wanted: Order, caller: Annotated[Caller, Depends(permitted("trip:create"))]) -> OrderView:
    match wanted.note:
        case "sold out":
            raise SoldOutError("There is none left.", left=0)
        case "crash":
            raise RuntimeError("password=hunter2")
        case note:
            return OrderView(note=note)


keyed = rest_api()


@keyed.post("/v1/keyed")
def keyed_order(key: IdempotencyHeader) -> OrderView:
    return OrderView(note=key)


RIDER = signed_in("rider")
PLACE = {"lat": 37.7, "lng": -122.4}


def sent(body: object, caller: Caller | None = RIDER, headers: dict[str, str] | None = None) -> Answer:
    return answer(app, rest_event("POST", "/v1/orders", body, caller, headers))


def test_a_good_request_is_answered_with_its_view() -> None:
    assert sent({"pickup": PLACE, "note": "  trimmed "}) == Answer(201, {"note": "trimmed"})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "malformed_request"),
        ('{"pickup": NaN}', 422, "invalid_input"),
        ("[]", 422, "invalid_input"),
        ("null", 422, "invalid_input"),
        (None, 422, "invalid_input"),
        ({}, 422, "invalid_input"),
        ({"pickup": {"lat": 91, "lng": 0}}, 422, "invalid_input"),
        ({"pickup": {"lat": 1e400, "lng": 0}}, 422, "invalid_input"),
        ({"pickup": {"lat": "north", "lng": 0}}, 422, "invalid_input"),
        ({"pickup": PLACE, "colour": "red"}, 422, "invalid_input"),
        ({"pickup": {**PLACE, "alt": 3}}, 422, "invalid_input"),
        ({"pickup": PLACE, "note": "\x00"}, 400, "malformed_request"),
        ({"pickup": PLACE, "note": "x" * MAX_BODY_BYTES}, 413, "too_large"),
        ({"pickup": PLACE, "note": "sold out"}, 409, "sold_out"),
        ({"pickup": PLACE, "note": "crash"}, 500, "internal_error"),
    ],
)
def test_a_refusal_is_a_problem_document_with_its_code(body: object, status: int, code: str) -> None:
    event = rest_event("POST", "/v1/orders", body, RIDER)
    refused = app(event, LambdaContext())

    assert (refused["statusCode"], json.loads(refused["body"])["code"]) == (status, code)
    assert refused["multiValueHeaders"]["Content-Type"] == ["application/problem+json"]
    assert "hunter2" not in refused["body"]


def test_extra_members_of_an_error_are_in_its_document() -> None:
    assert sent({"pickup": PLACE, "note": "sold out"}).body["left"] == 0


def test_missing_sign_in_and_missing_permission_are_different_refusals() -> None:
    assert (sent({"pickup": PLACE}, None).status, sent({"pickup": PLACE}, signed_in("driver")).status) == (401, 403)


def test_a_body_of_another_kind_is_not_read() -> None:
    assert sent({"pickup": PLACE}, headers={"Content-Type": "text/xml"}).status in {415, 422}


def test_a_body_that_is_no_text_is_not_read() -> None:
    event = rest_event("POST", "/v1/orders", base64.b64encode(json.dumps({"pickup": PLACE}).encode()).decode(), RIDER)

    assert answer(app, {**event, "isBase64Encoded": True}).code == "malformed_request"


def test_no_operation_at_an_address_is_said_so() -> None:
    assert answer(app, rest_event("GET", "/v1/nothing", caller=RIDER)).code == "not_found"


@pytest.mark.parametrize(("key", "status"), [("a" * 8, 200), ("a" * 7, 422), ("a" * 129, 422), ("ключ-ключ", 422)])
def test_an_idempotency_key_is_eight_to_128_visible_ascii_characters(key: str, status: int) -> None:
    event = rest_event("POST", "/v1/keyed", None, None, {"Idempotency-Key": key})

    assert answer(keyed, event).status == status


def test_header_names_are_read_in_any_case() -> None:
    event = rest_event("POST", "/v1/keyed", None, None, {"IDEMPOTENCY-KEY": "from-http-1"})

    assert answer(keyed, event).body == {"note": "from-http-1"}


read = rest_api()


@read.get("/v1/orders")
def read_orders(
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
    lat: Annotated[float, Query(ge=-90, le=90)] = 0,
    note: Annotated[str | None, Query(max_length=10)] = None,
) -> OrderView:
    return OrderView(note=f"{limit} {lat} {note}")


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ({"limit": "7", "lat": "-37.5e-1", "note": "+1"}, "7 -3.75 +1"),
        ({"LIMIT": "7", "Lat": "3", "nOTE": "1_0"}, "7 3.0 1_0"),
        ({}, "5 0 None"),
    ],
)
def test_parameters_are_read_in_any_case(query: dict[str, str], note: str) -> None:
    assert answer(read, rest_event("GET", "/v1/orders", query=query)) == Answer(200, {"note": note})


@pytest.mark.parametrize(
    "query",
    [
        *[{"limit": each} for each in ("1_0", "+1", " 1", "1 ", "1.0", "01", "\u0661", "0x1", "", "true")],
        *[{"lat": each} for each in ("3_7.7", "+3", " 3", "3.", ".5", "1e", "NaN", "inf", "Infinity", "\u0663", "")],
    ],
    ids=str,
)
def test_a_number_of_a_query_is_written_as_json_writes_it(query: dict[str, str]) -> None:
    refused = answer(read, rest_event("GET", "/v1/orders", query=query))
    (field,) = query

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert [error["field"] for error in refused.body["errors"]] == [field]
    assert refused.body["errors"][0]["code"] in {"int_parsing", "float_parsing"}


def test_a_parameter_that_is_sent_in_two_cases_is_sent_twice() -> None:
    event = rest_event("GET", "/v1/orders", query={"limit": "7", "LIMIT": "99"})

    assert answer(read, event).status == 422
