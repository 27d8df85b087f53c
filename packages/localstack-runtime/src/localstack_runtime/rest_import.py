"""OpenAPI documents of REST APIs, imported with what LocalStack leaves out.

LocalStack ignores gateway responses, and keeps authorizers and the order of resources of the document before.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

from typing import Any

from localstack.services.apigateway.helpers import get_apigateway_store
from localstack.services.apigateway.legacy import provider
from localstack.services.apigateway.next_gen.execute_api.gateway_response import build_gateway_response

RESPONSES = "x-amazon-apigateway-gateway-responses"

_import = provider.import_api_from_openapi_spec


def _import_whole(rest_api: Any, context: Any, open_api_spec: dict[str, Any], mode: str) -> Any:
    container = get_apigateway_store(context=context).rest_apis[rest_api.id]
    container.resource_children = {}  # LocalStack makes all resources anew, in either mode
    if mode == "overwrite":
        container.authorizers, container.validators, container.gateway_responses = {}, {}, {}
    imported = _import(rest_api, context=context, open_api_spec=open_api_spec, mode=mode)
    for kind, told in open_api_spec.get(RESPONSES, {}).items():
        container.gateway_responses[kind] = build_gateway_response(
            response_type=kind,
            status_code=_text(told.get("statusCode")),
            response_parameters=told.get("responseParameters"),
            response_templates=told.get("responseTemplates"),
            default_response=False,
        )
    return imported


def _text(status: str | int | None) -> str | None:
    return None if status is None else str(status)


def install() -> None:
    """Replace the import behind PutRestApi and ImportRestApi."""
    provider.import_api_from_openapi_spec = _import_whole
