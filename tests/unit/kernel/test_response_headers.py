"""Headers and statuses of every REST answer, besides those of its operation."""

import json
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.depends import Depends

from rideflow.kernel.access import Caller, permitted
from rideflow.kernel.errors import RateLimitedError, UnavailableError
from rideflow.kernel.model import Request, View
from rideflow.kernel.response_headers import CHALLENGE, ORIGINS, RETRY_AFTER_S
from rideflow.kernel.rest import rest_api
from tests.functions.lambda_events import Json, LambdaContext, rest_event, signed_in


class Thing(View):
    name: str


class MakeThing(Request):
    size: int


app, making = rest_api(), rest_api()
names = ["first"]


@app.get("/v1/things/<name>")
def get_thing(name: str, _caller: Annotated[Caller, Depends(permitted("trip:read"))]) -> Thing:
    match name:
        case "down":
            raise UnavailableError("The store does not answer.")
        case "later":
            raise UnavailableError("The store does not answer.", retry_after_s=17)
        case "often":
            raise RateLimitedError("Too often.", retry_after_s=5)
        case "locked":
            raise RateLimitedError("Too often.")
        case "broken":
            raise RuntimeError
    return Thing(name=names[-1])


@making.post("/v1/things", status_code=201)
def make_thing(thing: MakeThing) -> Thing:
    return Thing(name=str(thing.size))


def asked(name: str = "one", method: str = "GET", origins: str | None = None, **headers: str) -> Json:
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    event = rest_event(method, f"/v1/things/{name}", None, signed_in("rider"), sent)
    returned: Json = app({**event, "stageVariables": {ORIGINS: origins} if origins else None}, LambdaContext())
    return returned


def header(answer: Json, name: str) -> str | None:
    values: list[str] = answer["multiValueHeaders"].get(name, [])
    assert len(values) <= 1
    return values[0] if values else None


def test_an_unchanged_answer_is_not_sent_again() -> None:
    first = asked()
    tag = header(first, "ETag")
    again = asked(If_None_Match=str(tag))

    assert first["statusCode"] == 200
    assert (again["statusCode"], again["body"], header(again, "ETag")) == (304, "", tag)
    assert header(again, "Content-Type") is None
    assert header(again, "Cache-Control") == "private, no-cache"


def test_a_changed_answer_has_another_tag() -> None:
    tag = header(asked(), "ETag")
    names.append("second")
    try:
        changed = asked(If_None_Match=str(tag))
    finally:
        names.pop()

    assert (changed["statusCode"], json.loads(changed["body"])) == (200, {"name": "second"})
    assert header(changed, "ETag") != tag


@pytest.mark.parametrize("sent", ["{tag}", "W/{tag}", '"other", {tag}', 'W/"x",W/{tag} ', "*"])
def test_a_tag_is_found_however_it_is_sent(sent: str) -> None:
    tag = header(asked(), "ETag")

    assert asked(if_none_match=sent.replace("{tag}", str(tag)))["statusCode"] == 304


@pytest.mark.parametrize("sent", ["", '"other"', "{bare}", ",", "W/", "é", '"' * 5000])
def test_another_tag_is_no_match(sent: str) -> None:
    bare = str(header(asked(), "ETag")).strip('"')

    assert asked(if_none_match=sent.replace("{bare}", bare))["statusCode"] == 200


def test_head_answers_as_get_without_the_body() -> None:
    got, headed = asked(), asked(method="HEAD")

    assert (headed["statusCode"], headed["body"]) == (200, "")
    assert headed["multiValueHeaders"] == got["multiValueHeaders"]
    assert asked("down", method="HEAD")["statusCode"] == 503
    assert asked(method="HEAD", If_None_Match=str(header(got, "ETag")))["statusCode"] == 304


@pytest.mark.parametrize("name", ["down", "often", "broken"])
def test_a_refusal_is_kept_by_nobody_and_has_no_tag(name: str) -> None:
    refused = asked(name)

    assert (header(refused, "Cache-Control"), header(refused, "ETag")) == ("no-store", None)
    assert asked(name, If_None_Match="*")["statusCode"] == refused["statusCode"]


@pytest.mark.parametrize("body", ["x" * 100_000, "\ud800", "{"])
def test_the_body_of_a_read_is_ignored(body: str) -> None:
    event = rest_event("GET", "/v1/things/one", body, signed_in("rider"))

    assert app(event, LambdaContext())["statusCode"] == 200
    assert app({**event, "isBase64Encoded": True}, LambdaContext())["statusCode"] == 200


def test_the_answer_of_a_post_is_not_cached() -> None:
    made = making(rest_event("POST", "/v1/things", {"size": 1}), LambdaContext())
    unread = making(rest_event("POST", "/v1/things", "{"), LambdaContext())
    too_large = making(rest_event("POST", "/v1/things", "x" * 100_000), LambdaContext())

    assert [each["statusCode"] for each in (made, unread, too_large)] == [201, 400, 413]
    assert {header(each, "Cache-Control") for each in (made, unread, too_large)} == {"no-store"}


def test_a_repeat_is_told_when_it_may_succeed() -> None:
    waits = {name: header(asked(name), "Retry-After") for name in ("down", "later", "often", "locked", "broken")}

    soon = str(RETRY_AFTER_S)
    assert waits == {"down": soon, "later": "17", "often": "5", "locked": soon, "broken": None}


def test_a_caller_without_sign_in_is_told_how_to_sign_in() -> None:
    refused = app(rest_event("GET", "/v1/things/one"), LambdaContext())

    assert (refused["statusCode"], header(refused, "WWW-Authenticate")) == (401, CHALLENGE)


def test_a_body_of_another_kind_is_refused_with_the_kind_that_is_read() -> None:
    event = rest_event("POST", "/v1/things", {"size": 1}, headers={"Content-Type": "text/csv"})

    refused = making(event, LambdaContext())

    assert (refused["statusCode"], header(refused, "Accept")) == (415, "application/json")


OURS = "https://console.example,http://localhost:3000"


@pytest.mark.parametrize("name", ["one", "down", "broken", "%00\x00"])
@pytest.mark.parametrize("spelling", ["Origin", "origin"])
def test_a_web_app_of_ours_may_read_every_answer(name: str, spelling: str) -> None:
    answer = asked(name, origins=OURS, **{spelling: "http://localhost:3000"})

    assert header(answer, "Access-Control-Allow-Origin") == "http://localhost:3000"
    assert header(answer, "Vary") == "Origin"
    exposed = str(header(answer, "Access-Control-Expose-Headers"))
    assert {"ETag", "Retry-After", "RateLimit", "Deprecation", "Sunset"} <= set(exposed.split(", "))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://console.example.evil", "https://console", "null", "", "*", OURS, "é"]
)
def test_another_web_app_may_not(origin: str) -> None:
    answer = asked(origins=OURS, Origin=origin)

    assert header(answer, "Access-Control-Allow-Origin") is None
    assert header(answer, "Vary") == "Origin"


def test_without_web_apps_nothing_is_said_of_origins() -> None:
    answer = asked(Origin="https://console.example")

    assert {header(answer, name) for name in ("Access-Control-Allow-Origin", "Vary")} == {None}


def event_with(**changes: Any) -> Json:
    return {**rest_event("GET", "/v1/things/one", caller=signed_in("rider")), **changes}


@pytest.mark.parametrize(
    "event",
    [
        event_with(path="/v1/things/\x00"),
        event_with(path="/v1/things/a\nb"),
        event_with(path="/v1/things/\ud800"),
        event_with(path="/v1/things/\u202eeno"),
        event_with(multiValueQueryStringParameters={"cursor": ["\x00"]}, queryStringParameters={"cursor": "\x00"}),
        event_with(multiValueQueryStringParameters={"cursor": ["a", "\ud800"]}),
        event_with(multiValueQueryStringParameters={"cur\x00sor": ["a"]}),
    ],
)
def test_an_address_with_unprintable_characters_is_refused(event: Json) -> None:
    assert app(event, LambdaContext())["statusCode"] == 400
