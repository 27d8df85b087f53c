"""Calls Lambda inside LocalStack, without the HTTP round trip that its own clients make."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from localstack.services.lambda_.invocation.lambda_service import LambdaService
from localstack.services.plugins import SERVICE_PLUGINS

from . import settings
from .authorization.access import ACCESS, ServiceCaller
from .authorization.needs import Need, Place

URI_MARK = "/functions/"


@dataclass(frozen=True)
class FunctionArn:
    """The parts of a function's ARN."""

    region: str
    account: str
    name: str
    qualifier: str | None

    @classmethod
    def parse(cls, arn: str) -> "FunctionArn":
        """From an ARN, or from the `arn:aws:apigateway:…/functions/ARN/invocations` that integrations are given."""
        if URI_MARK in arn:
            arn = arn.split(URI_MARK)[1].removesuffix("/invocations")
        parts = arn.split(":")
        return cls(parts[3], parts[4], parts[6], parts[7] if len(parts) > 7 else None)


class FunctionError(Exception):
    """The function answered with an error; `document` is its runtime's error document."""

    def __init__(self, document: Any) -> None:
        super().__init__(str(document))
        self.document = document

    @property
    def message(self) -> str:
        """The message of the exception that the function raised."""
        return str(self.document.get("errorMessage", "")) if isinstance(self.document, dict) else ""


def invoke(arn: str, event: Any, source_arn: str | None = None) -> Any:
    """The function's answer, parsed. `source_arn` is what API Gateway invokes it for.

    Raises `FunctionError`, `DeniedError`, or LocalStack's errors, as for a missing function.
    """
    if source_arn:
        require_permission(arn, source_arn)
    payload, is_error = invoke_raw(arn, json.dumps(event).encode())
    document = json.loads(payload or b"null")
    if is_error:
        raise FunctionError(document)
    return document


def require_permission(arn: str, source_arn: str) -> None:
    """Raises `DeniedError` unless the function's policy lets API Gateway invoke it for this route or authorizer."""
    if not settings.policies_are_enforced():
        return
    function = FunctionArn.parse(arn)
    place = Place(function.account, function.region)
    named = f"function:{function.name}" + (f":{function.qualifier}" if function.qualifier else "")
    need = Need("lambda:InvokeFunction", place.arn("lambda", named))
    ACCESS.check(ServiceCaller("apigateway", source_arn), need, place)


def invoke_raw(arn: str, payload: bytes) -> tuple[bytes, bool]:
    """The function's raw answer, and whether it is an error document."""
    function = FunctionArn.parse(arn)
    result = lambda_service().invoke(
        function_name=function.name,
        qualifier=function.qualifier,
        region=function.region,
        account_id=function.account,
        invocation_type=None,
        client_context=None,
        request_id=str(uuid.uuid4()),
        payload=payload,
    )
    assert result is not None  # only a dry run has no result
    return result.payload or b"", result.is_error


def lambda_service() -> LambdaService:
    """Lambda inside this LocalStack."""
    # LocalStack loads a service when it is first used; require() returns at once from then on.
    return SERVICE_PLUGINS.require("lambda")._provider.lambda_service
