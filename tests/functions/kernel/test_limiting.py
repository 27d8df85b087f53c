"""Limits on REST requests, as an app sees them."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.depends import Depends

from functions.identity import login, register
from rideflow.kernel import limiting
from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.errors import ConflictError
from rideflow.kernel.limits import PER_ADDRESS, PER_PERSON, Bucket, Limit
from rideflow.kernel.model import View
from rideflow.kernel.postgres import database
from rideflow.kernel.rest import rest_api
from tests.functions.cloud import Cloud
from tests.functions.lambda_events import LambdaContext, rest_event, signed_in

THREE = Limit(3, 600)
_TOLD = re.compile(r'"POST /v1/things";r=(\d+);t=(\d+)')
_SLOW_S = 60
"""Longer than a test's few requests take on any machine; a bucket of `THREE` gains one request in 200 s."""


class Said(View):
    number: int


class Refusing:
    """An operation that counts how often it runs, and refuses when told to."""

    runs = 0
    refuses = False


state = Refusing()
app = rest_api()


@app.post("/v1/things")
def make_thing(_caller: Annotated[Caller, Depends(permitted("quote:create"))]) -> Said:
    state.runs += 1
    if state.refuses:
        raise ConflictError("Not now.")
    return Said(number=state.runs)


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "runs", 0)
    monkeypatch.setattr(state, "refuses", False)


@pytest.fixture
def rider(cloud: Cloud) -> Caller:
    return signed_in("rider")


def ask(caller: Caller) -> dict[str, Any]:
    answered: dict[str, Any] = app(rest_event("POST", "/v1/things", {}, caller), LambdaContext())
    return answered


def header(answered: dict[str, Any], name: str) -> str:
    [value] = answered["multiValueHeaders"][name]
    return str(value)


def test_a_person_who_asks_too_often_is_told_when_to_come_back(rider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PER_PERSON, "POST /v1/things", THREE)

    answers = [ask(rider) for _ in range(5)]

    assert [answered["statusCode"] for answered in answers] == [200, 200, 200, 429, 429]
    assert state.runs == 3
    told = [_TOLD.fullmatch(header(answered, "RateLimit")) for answered in answers]
    assert [int(each[1]) for each in told if each] == [2, 1, 0, 0, 0]
    for each, at_once_s in zip(told, (200, 400, 200, 200, 200), strict=True):
        assert each is not None
        assert at_once_s - _SLOW_S < int(each[2]) <= at_once_s
    assert {header(answered, "RateLimit-Policy") for answered in answers} == {'"POST /v1/things";q=3;w=600'}
    for refused in answers[3:]:
        problem = json.loads(refused["body"])
        assert (problem["code"], problem["status"]) == ("rate_limited", 429)
        assert int(header(refused, "Retry-After")) == problem["retry_after_s"] in range(200 - _SLOW_S, 201)
        assert header(refused, "Content-Type") == "application/problem+json"
    assert ask(signed_in("rider"))["statusCode"] == 200


def test_a_refused_caller_costs_no_statement_until_they_may_ask_again(
    rider: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PER_PERSON, "POST /v1/things", THREE)
    for _ in range(4):
        ask(rider)
    before = database().statements

    for _ in range(20):
        assert ask(rider)["statusCode"] == 429
    assert database().statements == before


@pytest.mark.parametrize("refuses", [False, True])
def test_on_the_hot_path_a_limit_costs_no_statement(
    rider: Caller, monkeypatch: pytest.MonkeyPatch, refuses: bool
) -> None:
    monkeypatch.setitem(PER_PERSON, "POST /v1/things", Limit(3, 600, in_memory=True))
    monkeypatch.setattr(state, "refuses", refuses)
    before = database().statements

    answers = [ask(rider) for _ in range(5)]

    assert [answered["statusCode"] for answered in answers] == [*[409 if refuses else 200] * 3, 429, 429]
    assert header(answers[0], "RateLimit") == '"POST /v1/things";r=2;t=200'
    assert int(header(answers[3], "Retry-After")) in range(200 - _SLOW_S, 201)
    assert database().statements == before
    assert ask(signed_in("rider"))["statusCode"] != 429


def test_a_function_without_a_store_counts_what_is_counted_in_memory(
    rider: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("DATABASE_HOST", "GUARDS_TABLE"):
        monkeypatch.delenv(variable)
    monkeypatch.setitem(PER_PERSON, "POST /v1/things", Limit(3, 600, in_memory=True))
    assert [ask(rider)["statusCode"] for _ in range(5)] == [200, 200, 200, 429, 429]

    monkeypatch.setitem(PER_PERSON, "POST /v1/things", THREE)
    assert [ask(signed_in("rider"))["statusCode"] for _ in range(5)] == [200] * 5


def test_the_memory_of_callers_is_bounded() -> None:
    memory = limiting.Memory(lambda: datetime(2026, 10, 1, tzinfo=UTC))
    for number in range(10_500):
        memory.take(str(number), "POST /v1/trips", THREE)

    assert len(memory._full_at) == 10_000


def test_the_memory_of_callers_who_were_refused_is_bounded() -> None:
    now = datetime(2026, 10, 1, tzinfo=UTC)
    bucket = Bucket(THREE, now, now + timedelta(seconds=600), is_granted=False)
    limiting._emptied().clear()
    for number in range(10_500):
        limiting._remember(str(number), "POST /v1/things", bucket)

    assert len(limiting._emptied()) <= 10_000
    limiting._emptied().clear()


@pytest.mark.parametrize(
    "operation",
    [
        "POST /v1/trips",
        *(
            f"POST /v1/trips/{{trip_id}}/{act}"
            for act in ("offer/accept", "offer/decline", "arrive", "start", "complete")
        ),
    ],
)
def test_the_hot_operations_are_limited_in_memory(operation: str) -> None:
    assert PER_PERSON[operation].in_memory


def test_a_store_that_does_not_answer_refuses_nobody(rider: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_asked: Any) -> Any:
        def take() -> Any:
            raise OSError("no route to PostgreSQL")

        return take

    monkeypatch.setattr(limiting, "_of_person", down)

    assert ask(rider)["statusCode"] == 200


def sign_in_from(address: str, path: str = "login") -> dict[str, Any]:
    body: dict[str, Any] = {"email": "nobody@example.com", "password": "x"}
    event = rest_event("POST", f"/v1/auth/{path}", body)
    event["requestContext"]["identity"]["sourceIp"] = address
    event["headers"]["X-Forwarded-For"] = "198.51.100.1"
    apps = {"login": login.app, "register": register.app}
    answered: dict[str, Any] = apps[path](event, LambdaContext())
    return answered


@pytest.mark.parametrize("path", ["login", "register"])
def test_an_address_that_tries_too_often_is_told_when_to_come_back(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setitem(PER_ADDRESS, f"POST /v1/auth/{path}", THREE)

    answers = [sign_in_from("203.0.113.7", path) for _ in range(5)]

    assert [answered["statusCode"] == 429 for answered in answers] == [False, False, False, True, True]
    assert json.loads(answers[3]["body"])["code"] == "rate_limited"
    assert sign_in_from("203.0.113.8", path)["statusCode"] != 429


def test_an_ipv6_household_is_one_address(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PER_ADDRESS, "POST /v1/auth/login", THREE)

    answers = [sign_in_from(f"2001:db8:1:2::{number}") for number in range(4)]

    assert [answered["statusCode"] == 429 for answered in answers] == [False, False, False, True]
    assert sign_in_from("2001:db8:1:3::1")["statusCode"] != 429


def test_a_stage_that_is_one_machine_has_wider_limits(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PER_ADDRESS, "POST /v1/auth/login", Limit(3, 60_000))
    monkeypatch.setenv("GUARDS_ADDRESS_FACTOR", "10")

    answers = [sign_in_from("203.0.113.7") for _ in range(31)]

    assert [answered["statusCode"] == 429 for answered in answers] == [False] * 30 + [True]
