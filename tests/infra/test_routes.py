"""What is deployed is what the handlers declare, open only where it must be."""

from tests.infra.handlers import Handler, deployed_path, handlers
from tests.infra.synthesis import Route, Synthesis

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
    assert sorted(route.label for route in each_stage.routes) == sorted(_declared())


def test_each_rest_route_is_served_by_the_function_that_declares_it(prod: Synthesis) -> None:
    for route in prod.routes:
        handler, _ = _declared()[route.label]
        assert _function_of(route) == f"rideflow-prod-{handler.context}-{handler.operation}"


def test_only_sign_in_and_signed_webhooks_are_open_to_everyone(each_stage: Synthesis) -> None:
    open_to_all = {route.label for route in each_stage.routes if route.properties["AuthorizationType"] == "NONE"}

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


def test_the_gateways_own_refusals_are_problem_documents(prod: Synthesis) -> None:
    refusals = prod.of_type("AWS::ApiGateway::GatewayResponse")

    assert len(refusals) >= 9
    for refusal in refusals:
        assert '"code"' in refusal.properties["ResponseTemplates"]["application/json"]
        assert refusal.properties["ResponseParameters"]["gatewayresponse.header.Content-Type"] == (
            "'application/problem+json'"
        )


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
