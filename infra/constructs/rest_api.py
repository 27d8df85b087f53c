"""The one public REST API: problem documents for the gateway's own refusals, access logs, an authorizer.

The gateway does not validate requests: the functions do, with the names of the fields at fault. API Gateway's own
validators compare names of headers by case, which HTTP does not, and HTTP/2 sends them in lower case.
"""

from __future__ import annotations

import json

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.gateway_responses import describe_refusals
from infra.constructs.logs import retention
from infra.constructs.nag import accept
from infra.constructs.naming import function_arn, resource_name
from infra.constructs.other_methods import answer_nowhere, answer_other_methods
from infra.constructs.routes import RestRoute
from infra.constructs.throttling import REST
from infra.stages import Stage
from rideflow.kernel.response_headers import ORIGINS

_AUTHORIZER_CACHE = cdk.Duration.seconds(3)
"""API Gateway caches the authorizer's answer this long, so the token of an ended session may still pass (five
seconds at most). The authorizer itself caches nothing."""


class PublicRestApi(Construct):
    """A REST API whose stage is named `live`, open only to signed-in callers but for its public routes."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, authorizer: tuple[str, str]) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=resource_name(stage.name, "rest"),
            description="What the apps of riders, drivers and operators call",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.DESTROY,
            deploy_options=self._deploy_options(),
        )
        self._explain()
        describe_refusals(self.api, stage)
        self._methods: dict[str, set[str]] = {}
        self._authorizer = apigateway.TokenAuthorizer(
            self,
            "Authorizer",
            handler=self._function("AuthorizerFunction", *authorizer),
            results_cache_ttl=_AUTHORIZER_CACHE,
        )

    def add(self, route: RestRoute) -> None:
        """Serve the route by its function, which only this route of this API may invoke. A GET is a HEAD as well."""
        function = self._function(f"{route.context}-{route.operation}", route.context, route.operation)
        for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
            self._serve(route, method, function)

    def refuse_the_rest(self) -> None:
        """Answer every other method of every address. Call this after the last `add`."""
        for path, methods in self._methods.items():
            answer_other_methods(self.api.root.resource_for_path(path), methods, self._stage)
        answer_nowhere(self.api.root, self._stage)
        answer_nowhere(self.api.root.add_resource("{proxy+}"), self._stage)

    def _serve(self, route: RestRoute, verb: str, function: lambda_.IFunction) -> None:
        self._methods.setdefault(route.path, set()).add(verb)
        method = self.api.root.resource_for_path(route.path).add_method(
            verb,
            apigateway.LambdaIntegration(function, allow_test_invoke=False),
            operation_name=route.operation,
            authorizer=None if route.public else self._authorizer,
            authorization_type=(
                apigateway.AuthorizationType.NONE if route.public else apigateway.AuthorizationType.CUSTOM
            ),
        )
        accept(method, "AwsSolutions-COG4", "The Lambda authorizer verifies Cognito's tokens and adds permissions.")
        if route.public:
            accept(method, "AwsSolutions-APIG4", "Signing in, and webhooks that are signed, come without a token.")

    def _function(self, construct_id: str, context: str, operation: str) -> lambda_.IFunction:
        """The function by its name: the API does not lock the context's stack by a reference."""
        arn = function_arn(cdk.Stack.of(self), self._stage.name, context, operation)
        return lambda_.Function.from_function_attributes(self, construct_id, function_arn=arn, same_environment=True)

    def _deploy_options(self) -> apigateway.StageOptions:
        access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{resource_name(self._stage.name, 'rest')}",
            retention=retention(self._stage.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        return apigateway.StageOptions(
            stage_name="live",
            tracing_enabled=True,
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            access_log_destination=apigateway.LogGroupLogDestination(access_log),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)),
            throttling_rate_limit=REST.rate,
            throttling_burst_limit=REST.burst,
            variables={ORIGINS: ",".join(self._stage.web_origins)} if self._stage.web_origins else None,
        )

    def _explain(self) -> None:
        managed = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        accept(self.api, "AwsSolutions-IAM4", "The account's one role by which API Gateway writes its logs.", managed)
        accept(self.api, "AwsSolutions-APIG2", "Functions validate: the gateway tells headers apart by their case.")
        if not self._stage.web_firewall:
            accept(self.api, "AwsSolutions-APIG3", "A firewall costs more than a stage without riders is worth.")


_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "at": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "person_id": "$context.authorizer.person_id",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_latency_ms": "$context.integrationLatency",
    "error": "$context.error.message",
}
