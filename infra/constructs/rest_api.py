"""The one public REST API: problem documents for the gateway's own refusals, validation, access logs, an authorizer."""

from __future__ import annotations

import json
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.logs import retention
from infra.constructs.nag import accept
from infra.constructs.naming import function_arn, resource_name
from infra.constructs.routes import RestRoute
from infra.stages import Stage
from rideflow.kernel.problems import CONTENT_TYPE, problem

_AUTHORIZER_CACHE = cdk.Duration.seconds(3)
"""How long the token of an ended session may still pass (ID4: five seconds at most). The authorizer keeps nothing."""


class _Refusal(NamedTuple):
    """A response of the gateway itself, told as the problem document that a function would have answered."""

    response: apigateway.ResponseType
    status: int
    code: str
    detail: str


_Type = apigateway.ResponseType
_REFUSALS = (
    _Refusal(_Type.BAD_REQUEST_BODY, 400, "malformed_request", "The body is not a JSON object."),
    _Refusal(_Type.BAD_REQUEST_PARAMETERS, 422, "invalid_input", "The header Idempotency-Key is missing."),
    _Refusal(_Type.UNAUTHORIZED, 401, "unauthenticated", "Please sign in."),
    _Refusal(_Type.ACCESS_DENIED, 403, "forbidden", "Your account may not do this."),
    _Refusal(_Type.MISSING_AUTHENTICATION_TOKEN, 404, "not_found", "There is nothing at this address."),
    _Refusal(_Type.REQUEST_TOO_LARGE, 413, "too_large", "The request is too large."),
    _Refusal(_Type.UNSUPPORTED_MEDIA_TYPE, 415, "unsupported_media_type", "Send the body as application/json."),
    _Refusal(_Type.THROTTLED, 429, "rate_limited", "Too many requests; please try again."),
    _Refusal(_Type.INTEGRATION_TIMEOUT, 503, "unavailable", "The operation took too long; please try again."),
    _Refusal(_Type.INTEGRATION_FAILURE, 500, "internal_error", "Something went wrong on our side; please try again."),
    _Refusal(_Type.AUTHORIZER_FAILURE, 500, "internal_error", "Something went wrong on our side; please try again."),
)


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
        self._describe_refusals()
        self._validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        self._json_object = self.api.add_model(
            "JsonObject",
            content_type="application/json",
            schema=apigateway.JsonSchema(type=apigateway.JsonSchemaType.OBJECT),
        )
        self._authorizer = apigateway.TokenAuthorizer(
            self,
            "Authorizer",
            handler=self._function("AuthorizerFunction", *authorizer),
            results_cache_ttl=_AUTHORIZER_CACHE,
        )

    def add(self, route: RestRoute) -> None:
        """Serve the route by its function, which only this route of this API may invoke."""
        function = self._function(f"{route.context}-{route.operation}", route.context, route.operation)
        method = self.api.root.resource_for_path(route.path).add_method(
            route.method,
            apigateway.LambdaIntegration(function, allow_test_invoke=False),
            operation_name=route.operation,
            request_validator=self._validator,
            request_models={"application/json": self._json_object} if route.body else None,
            request_parameters={"method.request.header.Idempotency-Key": True} if route.creates else None,
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
            metrics_enabled=True,
            tracing_enabled=True,
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            access_log_destination=apigateway.LogGroupLogDestination(access_log),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)),
            throttling_rate_limit=5000,
            throttling_burst_limit=2500,
        )

    def _explain(self) -> None:
        managed = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        accept(self.api, "AwsSolutions-IAM4", "The account's one role by which API Gateway writes its logs.", managed)
        if not self._stage.web_firewall:
            accept(self.api, "AwsSolutions-APIG3", "A firewall costs more than a stage without riders is worth.")

    def _describe_refusals(self) -> None:
        for refusal in _REFUSALS:
            self.api.add_gateway_response(
                refusal.response.response_type,
                type=refusal.response,
                status_code=str(refusal.status),
                response_headers={"Content-Type": f"'{CONTENT_TYPE}'"},
                templates={"application/json": json.dumps(problem(refusal.status, refusal.code, refusal.detail))},
            )


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
