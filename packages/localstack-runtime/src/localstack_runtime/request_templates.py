"""Request templates of REST integrations, chosen as API Gateway chooses them: by the body's kind without parameters."""

from collections.abc import Mapping
from typing import Any

from localstack.services.apigateway.next_gen.execute_api.handlers.integration_request import IntegrationRequestHandler

_by_whole_header = IntegrationRequestHandler.get_request_template


def media_type(content_type: str) -> str:
    """`application/json; charset=utf-8` as `application/json`."""
    return content_type.partition(";")[0].strip().lower()


def _get_request_template(integration: Mapping[str, Any], request: Mapping[str, Any]) -> Any:
    headers = request["headers"].copy()
    if "Content-Type" in headers:
        headers["Content-Type"] = media_type(headers["Content-Type"])
    return _by_whole_header(integration=integration, request={**request, "headers": headers})


def install() -> None:
    """Replace LocalStack's choice, which compares the whole header."""
    IntegrationRequestHandler.get_request_template = staticmethod(_get_request_template)
