"""Puts the check before every operation that LocalStack serves."""

from collections.abc import Mapping
from typing import Any

from localstack.aws import handlers
from localstack.aws.api import CommonServiceException, RequestContext
from localstack.http import Request
from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header

from .. import settings
from .access import ACCESS, DeniedError, ServiceCaller
from .needs import Call, Place

JUDGED_BY_RESOURCES = {
    ("lambda", "Invoke"),
    ("sns", "Publish"),
    ("sqs", "SendMessage"),
    ("sqs", "SendMessageBatch"),
}
"""Calls that a service makes in its own name, and that the resource's policy has to allow."""

ASSUME_ROLE = ("sts", "AssumeRole")


class Enforcement:
    """A handler of LocalStack's chain. Callers that are neither roles of services nor services pass."""

    def __call__(self, _chain: Any, context: RequestContext, _response: Any) -> None:
        if context.service is None or context.operation is None:
            return
        try:
            self._check(context)
        except DeniedError as error:
            raise refused(error, context.service.service_name, context.protocol) from error

    @staticmethod
    def _check(context: RequestContext) -> None:
        place = Place(context.account_id, context.region)
        parameters = context.service_request or {}
        call = Call(context.service.service_name, context.operation.name, parameters, place)
        asked = context.internal_request_params or {}
        service = ServiceCaller(asked["service_principal"], asked.get("source_arn")) if _by_a_service(asked) else None
        key = access_key(context.request)
        if key and (session := ACCESS.session(key, place.account)):
            ACCESS.check_call(session, call)
        elif service and (call.service, call.operation) in JUDGED_BY_RESOURCES:
            ACCESS.check_call(service, call)
        elif service and (call.service, call.operation) == ASSUME_ROLE:
            ACCESS.check_assumption(service, parameters["RoleArn"], place)


def _by_a_service(asked: Mapping[str, Any]) -> bool:
    """Whether the request says that a service makes it; LocalStack sends that with requests to itself."""
    return bool(asked.get("service_principal"))


def access_key(request: Request) -> str | None:
    """The access key that signed a request, also one whose signature is in its URL."""
    scope = request.args.get("X-Amz-Credential")
    if scope:
        return str(scope).partition("/")[0]
    key: str | None = extract_access_key_id_from_auth_header(request.headers)
    return key


def refused(error: DeniedError, service: str, protocol: str) -> CommonServiceException:
    """The service's own error: the older protocols have another code, and JSON-RPC another status."""
    code = {"sns": "AuthorizationError", "sqs": "AccessDenied"}.get(service)
    if code is None:
        code = "AccessDenied" if protocol in ("query", "ec2", "rest-xml") else "AccessDeniedException"
    status = 400 if code == "AccessDeniedException" and protocol == "json" else 403
    return CommonServiceException(code, str(error), status, sender_fault=True)


def install() -> None:
    """Check every request once its operation is known, unless the settings say otherwise."""
    if settings.policies_are_enforced():
        handlers.serve_custom_service_request_handlers.append(Enforcement())
