"""The deployed routes are those that the handlers declare, and only the necessary ones are public."""

import re
from typing import Any

from tests.infra.handlers import Handler, deployed_path, handlers
from tests.infra.policies import ACCOUNT, REGION, named, resolved
from tests.infra.synthesis import Route, Synthesis
from tools.contracts import openapi

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
        assert _function_of(route, prod) == f"rideflow-prod-{handler.context}-{handler.operation}"


def test_only_sign_in_and_signed_webhooks_are_open_to_everyone(each_stage: Synthesis) -> None:
    open_to_all = {route.label for route in each_stage.routes if not route.authorizers and route.method != "ANY"}
    (scheme,) = each_stage.rest_document["components"]["securitySchemes"]

    assert open_to_all == PUBLIC
    assert {tuple(route.authorizers) for route in each_stage.routes} == {(), (scheme,)}
    assert "security" not in each_stage.rest_document  # LocalStack would, and API Gateway does not, apply it everywhere


def test_the_gateway_demands_nothing_that_the_functions_check_themselves(each_stage: Synthesis) -> None:
    document = each_stage.rest_document
    assert "x-amazon-apigateway-request-validators" not in document
    assert set(document["components"]) == {"securitySchemes"}
    for route in each_stage.routes:
        assert set(route.operation) <= {
            "operationId", "parameters", "security", "responses", "x-amazon-apigateway-integration",
        }, route.label  # fmt: skip
        assert {each["name"] for each in route.operation.get("parameters", [])} == _names(route.path)
        assert {each["in"] for each in route.operation.get("parameters", [])} <= {"path"}
    websocket = each_stage.of_type("AWS::ApiGatewayV2::Route")
    assert [
        route.logical_id for route in websocket if {"RequestModels", "RequestParameters"} & set(route.properties)
    ] == []


def _names(path: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\+?\}", path))


def test_no_operation_has_the_id_of_another(each_stage: Synthesis) -> None:
    ids = [route.operation["operationId"] for route in each_stage.routes if "operationId" in route.operation]

    assert len(ids) == len(set(ids))
    assert ids == [route.operation.get("operationId") for route in each_stage.routes if route.is_operation]


def test_the_api_s_document_and_the_contract_of_the_apps_have_the_same_operations(each_stage: Synthesis) -> None:
    contract = openapi.document()
    deployed = {
        (route.label, route.operation["operationId"], bool(route.authorizers))
        for route in each_stage.routes
        if route.is_operation
    }

    assert deployed == {
        (f"{method.upper()} {path}", operation["operationId"], operation.get("security", contract["security"]) != [])
        for path, operations in contract["paths"].items()
        for method, operation in operations.items()
    }


def test_the_api_is_the_only_resource_of_its_routes(each_stage: Synthesis) -> None:
    kinds = {each.type for each in each_stage.resources if each.type.startswith("AWS::ApiGateway::")}
    (api,) = each_stage.of_type("AWS::ApiGateway::RestApi")

    assert kinds == {f"AWS::ApiGateway::{name}" for name in ("Account", "Deployment", "RestApi", "Stage")}
    assert api.properties["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    # The import gives the API the document's title, and alarms find it by this name.
    assert each_stage.rest_document["info"]["title"] == api.properties["Name"] == f"rideflow-{each_stage.stage}-rest"


def test_a_route_that_is_withdrawn_disappears(each_stage: Synthesis) -> None:
    """Without the mode, what CloudFormation does depends on the day on which the API was made."""
    (api,) = each_stage.of_type("AWS::ApiGateway::RestApi")

    assert api.properties["Mode"] == "overwrite"


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


def test_the_gateway_may_invoke_each_function_for_its_own_route_alone(prod: Synthesis) -> None:
    expected = {f"rideflow-prod-{name}": set[str]() for name in LIFECYCLE}
    expected["rideflow-prod-identity-authorize"] = {"authorizers/*"}
    for handler in handlers():
        for route in handler.routes:
            method = "*" if route.method == "GET" else route.method
            path = re.sub(r"\{[^}]*\}", "*", deployed_path(route))
            expected[f"rideflow-prod-{handler.context}-{handler.operation}"] = {f"live/{method}{path}"}

    (rest,) = prod.of_type("AWS::ApiGateway::RestApi")
    permissions, api = _permissions(prod), f"{named(rest.stack, rest.logical_id)}/"
    of_rest = {
        name: {told.partition(api)[2] for told in sources if told.startswith(api)}
        for name, sources in permissions.items()
    }
    assert of_rest == {name: expected.get(name, set()) for name in permissions}
    assert set(permissions) == set(expected) | {
        f"rideflow-prod-{handler.context}-{handler.operation}"
        for handler in handlers()
        if hasattr(handler.app, "action")
    }


LIFECYCLE = ("realtime-connect", "realtime-disconnect", "realtime-default", "identity-authorize")


def _permissions(stage: Synthesis) -> dict[str, list[str]]:
    """By the function's name, the APIs that may invoke it: the resource of `execute-api`, with the API's logical id."""
    found: dict[str, list[str]] = {}
    for permission in stage.of_type("AWS::Lambda::Permission"):
        if permission.properties["Principal"] != "apigateway.amazonaws.com":
            continue
        assert permission.properties["Action"] == "lambda:InvokeFunction"
        arn = str(resolved(permission.properties["FunctionName"], permission.stack, stage))
        function, _, alias = arn.rpartition(":function:")[2].partition(":")
        assert alias == "live"
        source = str(resolved(permission.properties["SourceArn"], permission.stack, stage))
        service, _, api = source.rpartition(f":{REGION}:{ACCOUNT}:")
        assert service == "arn:aws:execute-api"
        found.setdefault(function, []).append(api)
    return found


def test_every_get_is_a_head_by_the_same_function(each_stage: Synthesis) -> None:
    gets, heads = (
        {route.path: _function_of(route, each_stage) for route in each_stage.routes if route.method == method}
        for method in ("GET", "HEAD")
    )

    assert gets == heads != {}


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


def test_a_flood_of_handshakes_leaves_room_for_everybody_s_authorizer(each_stage: Synthesis) -> None:
    """By Little's law 200 a second, of a second each, are 200 of an account's 1,000 executions, for two functions."""
    (websocket,) = each_stage.of_type("AWS::ApiGatewayV2::Stage")
    ((key, handshakes),) = websocket.properties["RouteSettings"].items()
    default = websocket.properties["DefaultRouteSettings"]

    assert key == "$connect"
    for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
        assert 40_000 / 7200 * 10 < handshakes[limit] <= 200  # all at once, ten times as fast as connections end
        assert handshakes[limit] < default[limit] / 10
    (route,) = (each for each in each_stage.of_type("AWS::ApiGatewayV2::Route") if each.properties["RouteKey"] == key)
    assert route.logical_id in websocket.body["DependsOn"]


def test_the_token_of_an_ended_session_passes_for_five_seconds_at_most(each_stage: Synthesis) -> None:
    (scheme,) = each_stage.rest_document["components"]["securitySchemes"].values()
    authorizer = scheme["x-amazon-apigateway-authorizer"]

    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    assert (scheme["x-amazon-apigateway-authtype"], authorizer["type"]) == ("custom", "token")
    assert 0 < authorizer["authorizerResultTtlInSeconds"] < 5
    assert _function(authorizer["authorizerUri"], each_stage) == f"rideflow-{each_stage.stage}-identity-authorize"


def test_scripts_are_told_the_addresses(each_stage: Synthesis) -> None:
    outputs = each_stage.templates[f"RideFlow-{each_stage.stage}-api"]["Outputs"]
    pool = each_stage.templates[f"RideFlow-{each_stage.stage}-identity"]["Outputs"]

    assert {"RestApiId", "RestStage", "RestUrl", "WebSocketApiId", "WebSocketStage", "WebSocketUrl"} <= set(outputs)
    assert {"UserPoolId", "UserPoolClientId"} <= set(pool)


def _function_of(route: Route, stage: Synthesis) -> str:
    """The function's name in the URI of the integration."""
    assert route.integration["httpMethod"] == "POST"
    return _function(route.integration["uri"], stage)


def _function(uri: dict[str, Any], stage: Synthesis) -> str:
    """The function's name in a URI of API Gateway's for an invocation."""
    prefix = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
    told = str(resolved(uri, f"RideFlow-{stage.stage}-api", stage))
    assert told.startswith(prefix)
    name, _, alias = told.removeprefix(prefix).removesuffix("/invocations").partition(":")
    assert alias == "live"
    return name
