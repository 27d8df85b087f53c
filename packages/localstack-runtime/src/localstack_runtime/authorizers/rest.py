"""Authorizers of REST APIs, as a step of LocalStack's request handling."""

import time
from collections.abc import Mapping
from typing import Any

from localstack.services.apigateway.next_gen.execute_api import handlers
from localstack.services.apigateway.next_gen.execute_api.context import RestApiInvocationContext
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    AccessDeniedError,
    AuthorizerConfigurationError,
    UnauthorizedError,
)
from localstack.services.apigateway.next_gen.execute_api.header_utils import build_multi_value_headers

from .. import cognito
from ..authorization.access import DeniedError
from ..invocation import FunctionError, invoke
from .answer import Grant, MalformedAnswerError
from .cache import ResultCache
from .identity import RequestParts, identity_values, matches_validation
from .policy import Verdict

DEFAULT_SOURCE = "method.request.header.Authorization"
DEFAULT_TTL_S = 300
DENIED = {
    Verdict.SILENT: "User is not authorized to access this resource",
    Verdict.DENY: "User is not authorized to access this resource with an explicit deny",
}

Authorizer = Mapping[str, Any]


class RestAuthorizer:
    """Lets a request pass, or raises the gateway's error with the reason."""

    def __init__(self) -> None:
        self._grants: ResultCache[Grant] = ResultCache()

    def __call__(self, _chain: Any, context: RestApiInvocationContext, _response: Any) -> None:
        method = context.resource_method
        if method.get("authorizationType") not in ("CUSTOM", "COGNITO_USER_POOLS"):
            return
        authorizer = context.deployment.rest_api.authorizers.get(method.get("authorizerId"))
        if authorizer is None:
            raise AuthorizerConfigurationError
        if authorizer["type"] == "COGNITO_USER_POOLS":
            context.context_variables["authorizer"] = {"claims": _cognito_claims(authorizer, method, context)}
        else:
            self._authorize_with_function(authorizer, context)

    def _authorize_with_function(self, authorizer: Authorizer, context: RestApiInvocationContext) -> None:
        values = identity_values(_sources(authorizer), _request_parts(context))
        if values is None:
            raise UnauthorizedError("Unauthorized")
        if authorizer["type"] == "TOKEN" and not matches_validation(
            authorizer.get("identityValidationExpression"), values[0]
        ):
            raise UnauthorizedError("Unauthorized")
        started = time.perf_counter()
        grant = self._grant(authorizer, context, values)
        latency_ms = int((time.perf_counter() - started) * 1000)
        try:
            verdict = grant.verdict(_method_arn(context))
        except MalformedAnswerError as error:
            raise AuthorizerConfigurationError from error
        if verdict is not Verdict.ALLOW:
            raise AccessDeniedError(DENIED[verdict])
        context.context_variables["authorizer"] = grant.authorizer_context(latency_ms)
        if grant.usage_key:
            context.context_variables["identity"]["apiKey"] = grant.usage_key

    def _grant(self, authorizer: Authorizer, context: RestApiInvocationContext, values: tuple[str, ...]) -> Grant:
        key = (context.api_id, context.stage, authorizer["id"], values)
        # Without identity sources, callers cannot be told apart, so nothing is cached.
        cached = self._grants.get(key) if values else None
        if cached is not None:
            return cached
        try:
            event = _event(authorizer, context, values)
            grant = Grant.parse(invoke(authorizer["authorizerUri"], event, _authorizer_arn(authorizer, context)))
        except FunctionError as error:
            if error.message == "Unauthorized":
                raise UnauthorizedError("Unauthorized") from error
            raise AuthorizerConfigurationError from error
        except (MalformedAnswerError, DeniedError) as error:
            raise AuthorizerConfigurationError from error
        ttl_s = authorizer.get("authorizerResultTtlInSeconds")
        self._grants.put(key, grant, float(DEFAULT_TTL_S if ttl_s is None else ttl_s) if values else 0)
        return grant


def _sources(authorizer: Authorizer) -> list[str]:
    sources = authorizer.get("identitySource")
    if not sources:
        return [DEFAULT_SOURCE] if authorizer["type"] != "REQUEST" else []
    return [source.strip() for source in sources.split(",")]


def _request_parts(context: RestApiInvocationContext) -> RequestParts:
    request = context.invocation_request
    return RequestParts(
        headers=list(request["headers"].items()),
        query=request["query_string_parameters"],
        context=context.context_variables,
        stage_variables=context.stage_variables or {},
    )


def _method_arn(context: RestApiInvocationContext) -> str:
    request = context.invocation_request
    return (
        f"arn:aws:execute-api:{context.region}:{context.account_id}:"
        f"{context.api_id}/{context.stage}/{request['http_method']}{request['path']}"
    )


def _authorizer_arn(authorizer: Authorizer, context: RestApiInvocationContext) -> str | None:
    """What API Gateway names as the source of the call; None if it calls with a role instead."""
    if authorizer.get("authorizerCredentials"):
        return None
    return f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.api_id}/authorizers/{authorizer['id']}"


def _event(authorizer: Authorizer, context: RestApiInvocationContext, values: tuple[str, ...]) -> dict[str, Any]:
    event: dict[str, Any] = {"type": authorizer["type"], "methodArn": _method_arn(context)}
    if authorizer["type"] == "TOKEN":
        return event | {"authorizationToken": values[0]}
    request = context.invocation_request
    return event | {
        "resource": context.resource["path"],
        "path": request["path"],
        "httpMethod": request["http_method"],
        "headers": dict(request["headers"]),
        "multiValueHeaders": build_multi_value_headers(request["headers"]),
        "queryStringParameters": request["query_string_parameters"],
        "multiValueQueryStringParameters": request["multi_value_query_string_parameters"],
        "pathParameters": request["path_parameters"],
        "stageVariables": context.stage_variables or {},
        "requestContext": context.context_variables,
    }


def _cognito_claims(
    authorizer: Authorizer, method: Mapping[str, Any], context: RestApiInvocationContext
) -> dict[str, str]:
    values = identity_values(_sources(authorizer), _request_parts(context))
    if values is None:
        raise UnauthorizedError("Unauthorized")
    pools = [arn.rpartition("/")[2] for arn in authorizer["providerARNs"]]
    try:
        return cognito.verified_claims(values[0], pools, scopes=method.get("authorizationScopes") or ())
    except cognito.ExpiredTokenError as error:
        raise UnauthorizedError("The incoming token has expired") from error
    except cognito.InvalidTokenError as error:
        raise UnauthorizedError("Unauthorized") from error


def install() -> None:
    """Authorize requests after they are routed, before anything else is done with them."""
    handlers.preprocess_request.append(RestAuthorizer())
