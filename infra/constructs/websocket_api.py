"""Routes, authorizer and stage of the one WebSocket API."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.nag import accept
from infra.constructs.naming import function_arn
from infra.constructs.routes import WebSocketRoute
from infra.constructs.throttling import CONNECT, WEBSOCKET
from infra.stages import Stage

STAGE = "live"


class PublicWebSocketApi(Construct):
    """The token is checked once, at `$connect`; every later message carries the authorizer's result of that check."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        api_id: str,
        authorizer: tuple[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        # Imported, so that CDK adds its resources for the API to this stack, whose functions are known to exist.
        self._api = apigatewayv2.WebSocketApi.from_web_socket_api_attributes(self, "Api", web_socket_id=api_id)
        # Without an identity source the authorizer decides itself whether the token came as header or in the query.
        self._authorizer = authorizers.WebSocketLambdaAuthorizer(
            "WebSocketAuthorizer", self._function("AuthorizerFunction", *authorizer), identity_source=[]
        )
        self.stage = self._live_stage()

    def add(self, route: WebSocketRoute) -> None:
        """Serve the route by its function. The function's answer goes back over the same connection."""
        function = self._function(route.operation, route.context, route.operation)
        served = apigatewayv2.WebSocketRoute(
            self,
            f"Route-{route.key}",
            web_socket_api=self._api,
            route_key=route.key,
            integration=integrations.WebSocketLambdaIntegration(route.operation, function),
            authorizer=self._authorizer if route.key == "$connect" else None,
            return_response=None if route.key in {"$connect", "$disconnect"} else True,
        )
        self.stage.node.add_dependency(served)
        if route.key != "$connect":
            accept(served, "AwsSolutions-APIG4", "A WebSocket API authorizes the connection, at `$connect`.")

    def _live_stage(self) -> apigatewayv2.WebSocketStage:
        stage = apigatewayv2.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self._api,
            stage_name=STAGE,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=WEBSOCKET.rate, burst_limit=WEBSOCKET.burst),
        )
        # CDK has no argument for it. The stage comes after the routes: a route that does not exist is refused.
        settings = {"ThrottlingRateLimit": CONNECT.rate, "ThrottlingBurstLimit": CONNECT.burst}
        resource = stage.node.default_child
        if not isinstance(resource, apigatewayv2.CfnStage):
            raise TypeError("a WebSocket stage is made of no other resource")
        resource.route_settings = {"$connect": settings}
        accept(
            stage,
            "AwsSolutions-APIG1",
            "An access log has a line for every position, which costs more than the message. The functions log"
            " connections and what they refuse; CloudWatch counts the rest.",
        )
        return stage

    def _function(self, construct_id: str, context: str, operation: str) -> lambda_.IFunction:
        arn = function_arn(cdk.Stack.of(self), self._stage.name, context, operation)
        return lambda_.Function.from_function_attributes(self, construct_id, function_arn=arn, same_environment=True)
