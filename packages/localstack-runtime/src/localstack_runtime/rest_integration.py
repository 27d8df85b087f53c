"""Lambda integrations of REST APIs, called without the HTTP round trip that LocalStack makes to itself."""

from localstack.services.apigateway.next_gen.execute_api.integrations.aws import RestApiAwsProxyIntegration

from .invocation import invoke_raw


def _call_lambda(
    function_arn: str,
    event: bytes,
    source_arn: str,  # noqa: ARG001 - LocalStack's parameter; permissions are not enforced locally
    credentials: str | None = None,  # noqa: ARG001 - as before
) -> bytes:
    payload, _ = invoke_raw(function_arn, event)
    return payload


def install() -> None:
    """Replace the call that LocalStack makes."""
    RestApiAwsProxyIntegration.call_lambda = staticmethod(_call_lambda)
