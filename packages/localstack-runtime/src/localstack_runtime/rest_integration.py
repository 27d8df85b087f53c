"""Lambda integrations of REST APIs, called without the HTTP round trip that LocalStack makes to itself."""

from botocore.exceptions import ClientError
from localstack.services.apigateway.next_gen.execute_api.integrations import aws

from .authorization.access import DeniedError
from .invocation import invoke_raw, require_permission

_call_as_a_role = aws.RestApiAwsProxyIntegration.call_lambda


def _call_lambda(function_arn: str, event: bytes, source_arn: str, credentials: str | None = None) -> bytes:
    """Raises a client's `ClientError` if the function's policy does not let API Gateway invoke it."""
    if credentials:
        return bytes(_call_as_a_role(function_arn, event, source_arn, credentials))
    try:
        require_permission(function_arn, source_arn)
    except DeniedError as error:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": str(error)}}, "Invoke") from error
    payload, _ = invoke_raw(function_arn, event)
    return payload


def install() -> None:
    """Replace the call that LocalStack makes."""
    aws.RestApiAwsProxyIntegration.call_lambda = staticmethod(_call_lambda)
