"""The deployed routes are those that the handlers declare, and only the necessary ones are public."""

import json
import re
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from rideflow.kernel.response_headers import EXPOSED_HEADERS
from tests.infra.handlers import Handler, deployed_path, handlers
from tests.infra.synthesis import Route, Synthesis
from tools.contracts import openapi, schemas

PUBLIC = {
    "POST /v1/auth/register",
    "POST /v1/auth/confirm",
    "POST /v1/auth/login",
    "POST /v1/auth/refresh",
    "POST /v1/auth/logout",
    "POST /v1/webhooks/stripe",
}


def _declared() -> dict[str, tuple[Handler, object]]:
    return {
        f"{route.method} {deployed_path(route)}": (handler, route.dependant)
        for handler in handlers()
        for route in handler.routes
    }


def test_the_rest_routes_are_those_that_the_handlers_declare(each_stage: Synthesis) -> None:
    assert sorted(route.label for route in each_stage.routes if route.is_operation) == sorted(_declared())


def test_each_rest_route_is_served_by_the_function_that_declares_it(prod: Synthesis) -> None:
    for route in prod.routes:
        if route.method == "ANY":
            continue
        handler, _ = _declared()[route.label.replace("HEAD", "GET")]
        assert _function_of(route) == f"rideflow-prod-{handler.context}-{handler.operation}"


def test_only_sign_in_and_signed_webhooks_are_open_to_everyone(each_stage: Synthesis) -> None:
    open_to_all = {
        route.label
        for route in each_stage.routes
        if route.properties["AuthorizationType"] == "NONE" and route.method != "ANY"
    }

    assert open_to_all == PUBLIC
    assert {route.properties["AuthorizationType"] for route in each_stage.routes} == {"NONE", "CUSTOM"}


def test_the_gateway_demands_nothing_that_the_functions_check_themselves(each_stage: Synthesis) -> None:
    demands = {
        "RequestValidatorId",
        "RequestModels",
        "RequestParameters",
        "ApiKeyRequired",
        "AuthorizationScopes",
    }
    assert each_stage.of_type("AWS::ApiGateway::RequestValidator") == []
    assert {
        route.label: demands & set(route.properties) for route in each_stage.routes if demands & set(route.properties)
    } == {}
    websocket = each_stage.of_type("AWS::ApiGatewayV2::Route")
    assert [
        route.logical_id for route in websocket if {"RequestModels", "RequestParameters"} & set(route.properties)
    ] == []


def test_the_websocket_routes_are_those_that_the_handlers_declare(each_stage: Synthesis) -> None:
    actions = {handler.app.action: handler for handler in handlers() if hasattr(handler.app, "action")}
    lifecycle = {"$connect", "$disconnect", "$default"}
    deployed = {route.properties["RouteKey"]: route for route in each_stage.of_type("AWS::ApiGatewayV2::Route")}

    assert set(deployed) == set(actions) | lifecycle
    assert deployed["$connect"].properties["AuthorizationType"] == "CUSTOM"


def test_routes_that_answer_have_a_response(prod: Synthesis) -> None:
    answering = {route.logical_id for route in prod.of_type("AWS::ApiGatewayV2::Route")} - {
        route.logical_id
        for route in prod.of_type("AWS::ApiGatewayV2::Route")
        if route.properties["RouteKey"] in {"$connect", "$disconnect"}
    }
    responses = {response.properties["RouteId"]["Ref"] for response in prod.of_type("AWS::ApiGatewayV2::RouteResponse")}

    assert responses == answering


def test_the_gateway_may_invoke_every_function_behind_a_route(prod: Synthesis) -> None:
    invocable = {
        permission.properties["FunctionName"]["Fn::Join"][1][-1].rpartition(":")[2]
        for permission in prod.of_type("AWS::Lambda::Permission")
        if permission.properties["Principal"] == "apigateway.amazonaws.com"
    }
    served = {handler for handler in handlers() if handler.routes or hasattr(handler.app, "action")}
    lifecycle = {"realtime-connect", "realtime-disconnect", "realtime-default", "identity-authorize"}

    assert invocable == {f"rideflow-prod-{each.context}-{each.operation}" for each in served} | {
        f"rideflow-prod-{name}" for name in lifecycle
    }


GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT", "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip
"""All gateway response types, by API Gateway's developer guide, "Gateway response types for API Gateway"."""


def _gateway_responses(stage: Synthesis) -> dict[str, dict[str, Any]]:
    found = stage.of_type("AWS::ApiGateway::GatewayResponse")
    return {each.properties["ResponseType"]: each.properties for each in found}


def _headers(response: dict[str, Any]) -> dict[str, str]:
    parameters = response["ResponseParameters"]
    return {name.removeprefix("gatewayresponse.header."): text.strip("'") for name, text in parameters.items()}


def test_all_that_the_gateway_refuses_is_refused_with_a_problem_document(each_stage: Synthesis) -> None:
    refusals = _gateway_responses(each_stage)

    assert set(refusals) == GATEWAY_RESPONSES
    for refusal in refusals.values():
        document = json.loads(refusal["ResponseTemplates"]["application/json"])
        assert (document["status"], document["type"]) == (
            int(refusal["StatusCode"]),
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


def test_every_get_is_a_head_by_the_same_function(each_stage: Synthesis) -> None:
    gets, heads = (
        {route.path: _function_of(route) for route in each_stage.routes if route.method == method}
        for method in ("GET", "HEAD")
    )

    assert gets == heads != {}


def test_every_address_answers_other_methods_with_those_that_it_serves(each_stage: Synthesis) -> None:
    served: dict[str, set[str]] = {}
    for route in each_stage.routes:
        served.setdefault(route.path, {"OPTIONS"}).add(route.method)
    for route in each_stage.routes:
        if route.method != "ANY":
            assert "ANY" in served[route.path], route.path
            continue
        preflight, refused = route.properties["Integration"]["IntegrationResponses"]
        document = json.loads(refused["ResponseTemplates"]["application/json"].rpartition("#end")[2])
        methods = sorted(served[route.path] - {"ANY"})
        if methods == ["OPTIONS"]:  # the root, and unknown addresses
            assert (refused["StatusCode"], document["code"]) == ("404", "not_found")
            continue
        allow = refused["ResponseParameters"]["method.response.header.Allow"].strip("'")
        assert (refused["StatusCode"], document["status"], document["allowed"]) == ("405", 405, methods)
        assert allow.split(", ") == methods
        assert preflight["ResponseParameters"]["method.response.header.Access-Control-Allow-Methods"] == f"'{allow}'"


def test_other_methods_start_no_function_and_preflights_are_cached(each_stage: Synthesis) -> None:
    for route in each_stage.routes:
        if route.method != "ANY":
            continue
        integration = route.properties["Integration"]
        preflight, refused = integration["IntegrationResponses"]
        kept = preflight["ResponseParameters"].get("method.response.header.Access-Control-Max-Age")

        assert (integration["Type"], integration["PassthroughBehavior"]) == ("MOCK", "NEVER")
        assert kept == (None if refused["StatusCode"] == "404" else "'7200'"), route.path


def test_no_flood_reaches_all_functions_at_once(each_stage: Synthesis) -> None:
    (rest,) = each_stage.of_type("AWS::ApiGateway::Stage")
    (websocket,) = each_stage.of_type("AWS::ApiGatewayV2::Stage")
    (every_method,) = [each for each in rest.properties["MethodSettings"] if each["ResourcePath"] == "/*"]
    default = websocket.properties["DefaultRouteSettings"]

    # Of one region of one account, for REST, WebSocket and `@connections` together.
    for limit, whole in (("ThrottlingRateLimit", 10_000), ("ThrottlingBurstLimit", 5_000)):
        ours, theirs = every_method[limit], default[limit]
        assert ours >= whole / 4
        assert theirs >= whole / 2
        assert whole - ours - theirs >= whole / 4


def test_the_token_of_an_ended_session_passes_for_five_seconds_at_most(each_stage: Synthesis) -> None:
    (authorizer,) = each_stage.of_type("AWS::ApiGateway::Authorizer")

    assert authorizer.properties["Type"] == "TOKEN"
    assert 0 < authorizer.properties["AuthorizerResultTtlInSeconds"] < 5


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
            preflight, refused = route.properties["Integration"]["IntegrationResponses"]
            allowed = preflight["ResponseParameters"].get("method.response.header.Access-Control-Allow-Headers")
            assert allowed is None or set(allowed.strip("'").lower().split(", ")) == sent
            assert (allowed is None) == (refused["StatusCode"] == "404")
    assert set(document["components"]["headers"]) <= set(EXPOSED_HEADERS)


def test_functions_and_gateway_know_the_same_web_apps(each_stage: Synthesis) -> None:
    (stage,) = each_stage.of_type("AWS::ApiGateway::Stage")
    origins = stage.properties["Variables"]["web_origins"].split(",")

    assert all(urlsplit(origin)._replace(path="").geturl() == origin for origin in origins)
    for route in each_stage.routes:
        if route.method == "ANY":
            for response in route.properties["Integration"]["IntegrationResponses"]:
                template = response["ResponseTemplates"]["application/json"]
                assert set(re.findall(r'\$origin == "(h[^"]*)"', template)) == set(origins)


def test_scripts_are_told_the_addresses(each_stage: Synthesis) -> None:
    outputs = each_stage.templates[f"RideFlow-{each_stage.stage}-api"]["Outputs"]
    pool = each_stage.templates[f"RideFlow-{each_stage.stage}-identity"]["Outputs"]

    assert {"RestApiId", "RestStage", "RestUrl", "WebSocketApiId", "WebSocketStage", "WebSocketUrl"} <= set(outputs)
    assert {"UserPoolId", "UserPoolClientId"} <= set(pool)


def _function_of(route: Route) -> str:
    """The function's name in the ARN of the integration."""
    parts = route.properties["Integration"]["Uri"]["Fn::Join"][1]
    text = "".join(part for part in parts if isinstance(part, str))
    return text.partition(":function:")[2].partition("/invocations")[0]
