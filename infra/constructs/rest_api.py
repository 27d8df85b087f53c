"""The one public REST API: its OpenAPI document, its stage with access logs, and who may invoke the functions.

The gateway does not validate requests: the functions do, with the names of the fields at fault. API Gateway's own
validators compare names of headers by case, which HTTP does not, and HTTP/2 sends them in lower case.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.logs import retention
from infra.constructs.nag import accept
from infra.constructs.naming import function_arn, resource_name
from infra.constructs.other_methods import OtherMethods
from infra.constructs.rest_document import Invocations, document
from infra.constructs.routes import RestRoute
from infra.constructs.throttling import REST
from infra.stages import Stage
from rideflow.kernel.response_headers import ORIGINS

_DESCRIPTION = "What the apps of riders, drivers and operators call"
STAGE = "live"
"""As a text: a reference to the stage would make what has it wait for the stage."""
_AUTHORIZER_CACHE_S = 3
"""API Gateway caches the authorizer's answer this long, so the token of an ended session may still pass (five
seconds at most). The authorizer itself caches nothing."""


class PublicRestApi(Construct):
    """A REST API whose stage is named `live`, open only to signed-in callers but for its public routes."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        routes: Sequence[RestRoute],
        authorizer: tuple[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage
        name = resource_name(stage.name, "rest")
        invocations = Invocations(of=self._uri, authorizer=self._uri(*authorizer), cached_s=_AUTHORIZER_CACHE_S)
        info = {"title": name, "description": _DESCRIPTION, "version": "1"}
        others = OtherMethods(self, "Others", stage)
        self.api = apigateway.SpecRestApi(
            self,
            "Api",
            api_definition=apigateway.ApiDefinition.from_inline(document(stage, info, routes, invocations, others)),
            # Routes that the document no longer has are deleted.
            mode=apigateway.RestApiMode.OVERWRITE,
            rest_api_name=name,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            disable_execute_api_endpoint=True if stage.domain else None,
            cloud_watch_role=True,
            # An account and region has one such role: another stage's API may log by it.
            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
            deploy_options=self._deploy_options(),
        )
        # The deployment is renewed when the document changes, which only refers to these.
        deployment = self.api.latest_deployment
        assert deployment is not None
        deployment.add_to_logical_id(others.texts)
        self._explain()
        for route in routes:
            self._permit_route(route)
        self._permit("Authorizer", authorizer, "authorizers/*")

    def _permit_route(self, route: RestRoute) -> None:
        """The route, and no other one, may invoke its function. One permission holds for GET and HEAD."""
        method = route.method if len(route.methods) == 1 else "*"
        path = re.sub(r"\{[^}]+\}", "*", route.path)
        self._permit(f"{route.context}-{route.operation}", (route.context, route.operation), f"{STAGE}/{method}{path}")

    def _permit(self, construct_id: str, operation: tuple[str, str], of_the_api: str) -> None:
        lambda_.CfnPermission(
            self,
            construct_id,
            action="lambda:InvokeFunction",
            function_name=self._function_arn(*operation),
            principal="apigateway.amazonaws.com",
            source_arn=cdk.Stack.of(self).format_arn(
                service="execute-api", resource=self.api.rest_api_id, resource_name=of_the_api
            ),
        )

    def _uri(self, context: str, operation: str) -> str:
        """The address by which API Gateway invokes the operation's function."""
        action = f"2015-03-31/functions/{self._function_arn(context, operation)}/invocations"
        return cdk.Stack.of(self).format_arn(
            service="apigateway", account="lambda", resource="path", resource_name=action
        )

    def _function_arn(self, context: str, operation: str) -> str:
        """The function by its name: the API does not lock the context's stack by a reference."""
        return function_arn(cdk.Stack.of(self), self._stage.name, context, operation)

    def _deploy_options(self) -> apigateway.StageOptions:
        access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{resource_name(self._stage.name, 'rest')}",
            retention=retention(self._stage.log_retention_days),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        return apigateway.StageOptions(
            stage_name=STAGE,
            tracing_enabled=True,
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            access_log_destination=apigateway.LogGroupLogDestination(access_log),
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG)),
            throttling_rate_limit=REST.rate,
            throttling_burst_limit=REST.burst,
            variables={ORIGINS: ",".join(self._stage.origins)} if self._stage.origins else None,
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
