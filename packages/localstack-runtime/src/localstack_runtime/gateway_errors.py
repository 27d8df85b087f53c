"""Makes LocalStack answer errors of a REST API with the gateway responses that the API defines."""

from typing import Any

from localstack.http import Response
from localstack.services.apigateway.next_gen.execute_api.context import RestApiInvocationContext
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    AccessDeniedError,
    BaseGatewayException,
    get_gateway_response_or_default,
)
from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import GatewayExceptionHandler

from .gateway_responses import DEFAULT_TEMPLATE, Variables, render_body, render_headers

# API Gateway writes `Message` with a capital letter in this one default.
ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'


def _create_exception_response(
    _handler: GatewayExceptionHandler, exception: BaseGatewayException, context: RestApiInvocationContext
) -> Response:
    answer: dict[str, Any] = get_gateway_response_or_default(
        exception.type, context.deployment.rest_api.gateway_responses
    )
    variables = _variables(context)
    templates = answer.get("responseTemplates") or {}
    if isinstance(exception, AccessDeniedError) and set(templates.values()) <= {DEFAULT_TEMPLATE}:
        templates = {"application/json": ACCESS_DENIED_TEMPLATE}
    accept = context.invocation_request["headers"].get("Accept", "") if context.invocation_request else ""
    body, content_type = render_body(templates, accept, variables)
    headers = {
        "Content-Type": content_type,
        "x-amzn-ErrorType": exception.code,
        "x-amzn-RequestId": variables.value("context", "requestId"),
        **render_headers(answer.get("responseParameters") or {}, variables),
    }
    status = int(answer.get("statusCode") or exception.status_code or 500)
    return Response(body, headers=headers, status=status)


def _variables(context: RestApiInvocationContext) -> Variables:
    request = context.invocation_request or {}
    return Variables(
        context=context.context_variables or {},
        stage_variables=context.stage_variables or {},
        headers=dict(request.get("headers") or {}),
        query=request.get("query_string_parameters") or {},
        path=request.get("path_parameters") or {},
    )


def install() -> None:
    """Replace the handler that LocalStack left unimplemented."""
    GatewayExceptionHandler.create_exception_response = _create_exception_response
