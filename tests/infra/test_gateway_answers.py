"""What the gateway answers itself: refusals, other methods, preflights of web apps."""

import json
import re
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from rideflow.kernel.response_headers import EXPOSED_HEADERS
from tests.infra.synthesis import Route, Synthesis
from tools.contracts import openapi, schemas

GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT", "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip
"""All gateway response types, by API Gateway's developer guide, "Gateway response types for API Gateway"."""


def _gateway_responses(stage: Synthesis) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = stage.rest_document["x-amazon-apigateway-gateway-responses"]
    return found


def _headers(response: dict[str, Any]) -> dict[str, str]:
    parameters = response["responseParameters"]
    return {name.removeprefix("gatewayresponse.header."): text.strip("'") for name, text in parameters.items()}


def test_all_that_the_gateway_refuses_is_refused_with_a_problem_document(each_stage: Synthesis) -> None:
    refusals = _gateway_responses(each_stage)

    assert set(refusals) == GATEWAY_RESPONSES
    for refusal in refusals.values():
        document = json.loads(refusal["responseTemplates"]["application/json"])
        assert (document["status"], document["type"]) == (
            int(refusal["statusCode"]),
            f"urn:rideflow:problem:{document['code']}",
        )
        headers = _headers(refusal)
        assert (headers["Content-Type"], headers["Cache-Control"]) == ("application/problem+json", "no-store")
        assert headers["Access-Control-Allow-Origin"] == "*"


def test_the_gateway_says_how_to_sign_in_and_when_to_come_again(prod: Synthesis) -> None:
    told = {kind: _headers(refusal) for kind, refusal in _gateway_responses(prod).items()}

    assert {kind for kind, headers in told.items() if "WWW-Authenticate" in headers} == {"UNAUTHORIZED"}
    assert told["UNAUTHORIZED"]["WWW-Authenticate"] == 'Bearer realm="rideflow"'
    assert {kind: headers["Retry-After"] for kind, headers in told.items() if "Retry-After" in headers} == {
        "THROTTLED": "1",
        "QUOTA_EXCEEDED": "1",
        "INTEGRATION_TIMEOUT": "2",
    }


@dataclass(frozen=True)
class Answer:
    """An answer of the gateway's own: its headers, those that only web apps of the stage get, and its text."""

    status: str
    headers: dict[str, str]
    for_web_apps: dict[str, str]
    origins: set[str]
    text: str


def _answers(route: Route) -> tuple[Answer, Answer]:
    """The answers to a preflight and to any other method that the address does not serve."""
    responses = route.integration["responses"]
    assert set(responses) == {"204", "default"}
    return _answer(responses["204"]), _answer(responses["default"])


def _answer(response: dict[str, Any]) -> Answer:
    (template,) = response["responseTemplates"].values()
    # A small reader of the templates: what it does not know stays in the text, which is no JSON then.
    variables = dict(re.findall(r"""#set\(\$(\w+) = ["'](.*?)["']\)(?=#set|$)""", template))
    condition = re.search(r'#if\(((?:\$origin == "[^"]*"(?: \|\| )?)+)\)(.*?)#end', template)
    assert condition
    always = template.replace(condition[0], "")
    for name, text in variables.items():
        always = always.replace(f"${{{name}}}", text).replace(f"= ${name})", f'= "{text}")')
    headers = {name: text.strip('"') for name, text in HEADER.findall(always)}
    mapped = response.get("responseParameters", {})
    headers |= {name.removeprefix("method.response.header."): text.strip("'") for name, text in mapped.items()}
    return Answer(
        response["statusCode"],
        headers,
        {name: text.strip('"') for name, text in HEADER.findall(condition[2])},
        set(re.findall(r'"([^"]+)"', condition[1])),
        re.sub(r"#set\([^#]*?\)(?=#|\{|$)|#if\(.*?\)|#end", "", always),
    )


HEADER = re.compile(r"#set\(\$context\.responseOverride\.header\.([\w-]+) = ([^#]*?)\)(?=#|\{|$)")


def test_every_address_answers_other_methods_with_those_that_it_serves(each_stage: Synthesis) -> None:
    served: dict[str, set[str]] = {}
    for route in each_stage.routes:
        served.setdefault(route.path, {"OPTIONS"}).add(route.method)
    for route in each_stage.routes:
        if route.method != "ANY":
            assert "ANY" in served[route.path], route.path
            continue
        preflight, refused = _answers(route)
        document = json.loads(refused.text)
        methods = sorted(served[route.path] - {"ANY"})
        if methods == ["OPTIONS"]:  # the root, and unknown addresses
            assert (refused.status, document["status"], document["code"]) == ("404", 404, "not_found")
            assert "Allow" not in refused.headers
            continue
        assert (refused.status, document["status"], document["allowed"]) == ("405", 405, methods)
        assert document["detail"] == f"This address serves {', '.join(methods)}."
        for answer, header in ((refused, "Allow"), (preflight, "Allow"), (preflight, "Access-Control-Allow-Methods")):
            assert answer.headers[header].split(", ") == methods


def test_unknown_addresses_are_answered_by_the_gateway(each_stage: Synthesis) -> None:
    assert {"/", "/{proxy+}"} <= {route.path for route in each_stage.routes if route.method == "ANY"}


def test_other_methods_start_no_function_and_preflights_are_cached(each_stage: Synthesis) -> None:
    for route in each_stage.routes:
        if route.method != "ANY":
            continue
        preflight, refused = _answers(route)
        kept = preflight.headers.get("Access-Control-Max-Age")

        assert (route.integration["type"], route.integration["passthroughBehavior"]) == ("mock", "never")
        assert kept == (None if refused.status == "404" else "7200"), route.path
        assert preflight.status == "204"
        assert preflight.text == ""
        for kind, template in route.integration["requestTemplates"].items():
            # It chooses the answer, whatever the kind of the body.
            told = re.fullmatch(r'#if\(\$context\.httpMethod == "OPTIONS"\)(.*)#else(.*)#end', template)
            assert told, kind
            assert [json.loads(each) for each in told.groups()] == [
                {"statusCode": 204}, {"statusCode": int(refused.status)},
            ]  # fmt: skip
        for answer in (preflight, refused):
            assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Origin")
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_web_app_may_send_and_read_every_header_of_the_contract(each_stage: Synthesis) -> None:
    document = openapi.document()
    sent = {"authorization", "content-type"}
    for path, methods in document["paths"].items():
        if path.startswith("/v1/webhooks/"):
            continue
        for parameter in chain.from_iterable(operation["parameters"] for operation in methods.values()):
            told = schemas.resolved(document, parameter["$ref"]) if "$ref" in parameter else parameter
            sent |= {told["name"].lower()} if told["in"] == "header" else set()

    for route in each_stage.routes:
        if route.method == "ANY":
            preflight, refused = _answers(route)
            allowed = preflight.headers.get("Access-Control-Allow-Headers")
            assert allowed is None or set(allowed.lower().split(", ")) == sent
            assert (allowed is None) == (refused.status == "404")
            assert refused.for_web_apps["Access-Control-Expose-Headers"].split(", ") == list(EXPOSED_HEADERS)
    assert set(document["components"]["headers"]) <= set(EXPOSED_HEADERS)


def test_functions_and_gateway_know_the_same_web_apps(each_stage: Synthesis) -> None:
    (stage,) = each_stage.of_type("AWS::ApiGateway::Stage")
    origins = stage.properties["Variables"]["web_origins"].split(",")

    assert all(urlsplit(origin)._replace(path="").geturl() == origin for origin in origins)
    for route in each_stage.routes:
        if route.method == "ANY":
            for answer in _answers(route):
                assert answer.origins == set(origins)
                assert answer.for_web_apps["Access-Control-Allow-Origin"] == "$origin"
