import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rideflow.kernel import versions
from rideflow.kernel.model import View
from rideflow.kernel.rest import RestApi, rest_api
from rideflow.kernel.versions import Deprecation
from rideflow.kernel.websocket import Connection, websocket_lifecycle
from tests.functions.lambda_events import LambdaContext, answer, rest_event, signed_in, websocket_event

DEPRECATION = Deprecation(
    deprecated_at=datetime(2026, 10, 1, tzinfo=UTC),
    sunset_at=datetime(2027, 4, 1, tzinfo=UTC),
    documentation="https://rideflow.example/changes",
)


class Said(View):
    word: str = "hello"


def saying(app: RestApi) -> RestApi:
    @app.get("/v1/hello")
    def hello() -> Said:
        return Said()

    return app


deprecated_api, current_api = saying(rest_api(deprecation=DEPRECATION)), saying(rest_api())


def headers(app: RestApi, event: dict[str, Any]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = app(event, LambdaContext())["multiValueHeaders"]
    return told


@pytest.mark.parametrize("path", ["/v1/hello", "/v1/nowhere"])
def test_a_deprecated_operation_says_so_in_every_answer(path: str) -> None:
    told = headers(deprecated_api, rest_event("GET", path))

    assert told["Deprecation"] == ["@1790812800"]
    assert told["Sunset"] == ["Thu, 01 Apr 2027 00:00:00 GMT"]
    assert told["Link"] == [
        '<https://rideflow.example/changes>; rel="deprecation"; type="text/html"',
        '<https://rideflow.example/changes>; rel="sunset"; type="text/html"',
    ]


def test_an_operation_that_stays_says_nothing() -> None:
    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(headers(current_api, rest_event("GET", "/v1/hello")))


def test_the_day_an_operation_goes_may_be_open() -> None:
    assert Deprecation(datetime(2026, 10, 1, tzinfo=UTC)).headers() == {"Deprecation": ["@1790812800"]}


@pytest.mark.parametrize(("app", "deprecated"), [(deprecated_api, True), (current_api, None)])
def test_the_contract_marks_deprecated_operations(app: RestApi, deprecated: bool | None) -> None:
    described = json.loads(app.get_openapi_json_schema(title="RideFlow", version="1"))

    assert described["paths"]["/v1/hello"]["get"].get("deprecated") is deprecated


@pytest.fixture(autouse=True)
def _least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(versions.LEAST_VERSIONS, "rider", "2.10.0")


def handshake(_connection: Connection) -> None:
    """A handshake that accepts everybody."""


ARABIC = "rider/\N{ARABIC-INDIC DIGIT TWO}.10.0"
"""Digits of another script."""

connect = websocket_lifecycle(handshake)


def connecting(headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> dict[str, Any]:
    event = websocket_event("$connect", None, signed_in("rider"))
    return event | {"headers": headers or {}, "queryStringParameters": query}


@pytest.mark.parametrize("told", ["rider/2.9.9", "rider/1.99.0", "rider/0.0.0", " rider/2.9.10 "])
@pytest.mark.parametrize("header", ["App-Version", "app-version", "APP-VERSION"])
def test_an_app_that_is_too_old_is_told_which_version_works(header: str, told: str) -> None:
    refused = answer(current_api, rest_event("GET", "/v1/hello", headers={header: told}))
    not_let_in = answer(connect, connecting({header: told}))

    assert (refused.status, refused.code, refused.body["least_version"]) == (426, "app_too_old", "2.10.0")
    assert (not_let_in.status, not_let_in.code) == (426, "app_too_old")


@pytest.mark.parametrize("told", ["rider/2.10.0", "rider/2.10.1", "rider/3.0.0", "console/0.1.0", None])
def test_other_apps_are_served(told: str | None) -> None:
    sent = {} if told is None else {"App-Version": told}

    assert answer(current_api, rest_event("GET", "/v1/hello", headers=sent)).status == 200
    assert answer(connect, connecting(sent)).status == 200


@pytest.mark.parametrize("told", ["", "rider", "rider/2", "rider/2.10", "rider/2.10.0-beta", "Rider/2.10.0", ARABIC])
def test_a_version_that_cannot_be_read_is_refused_by_its_name(told: str) -> None:
    refused = answer(current_api, rest_event("GET", "/v1/hello", headers={"App-Version": told}))

    assert (refused.status, refused.code) == (422, "invalid_input")
    assert refused.body["errors"][0]["field"] == "App-Version"


def test_a_browser_tells_its_version_in_the_handshake_s_query() -> None:
    assert answer(connect, connecting(query={"app_version": "rider/2.9.0"})).status == 426
    assert answer(connect, connecting(query={"app_version": "rider/2.10.0"})).status == 200


def test_the_version_is_not_asked_again_of_an_open_connection() -> None:
    for route in ("$disconnect", "$default"):
        event = websocket_event(route, None, signed_in("rider")) | {"headers": {"App-Version": "rider/1.0.0"}}
        assert answer(connect, event).status == 200
