"""Physical names. A name that can be computed needs no reference between stacks, so stacks do not lock each other.

The command line uses them as well, and does not wait for the import of `aws_cdk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aws_cdk as cdk

PRODUCT = "rideflow"

LIVE = "live"
"""The alias of each function by which it is called. `local/releases` moves it from version to version."""

RELEASES = "r-"
"""Begins the names of releases. A saga's steps have an alias for each release, by that name."""


def resource_name(stage: str, *words: str) -> str:
    """`rideflow-<stage>-<words>`, such as `rideflow-prod-trips-request_trip`."""
    return "-".join((PRODUCT, stage, *words))


def stack_name(stage: str, name: str) -> str:
    """`RideFlow-<stage>-<name>`."""
    return f"RideFlow-{stage}-{name}"


def secret_name(stage: str, name: str) -> str:
    """`rideflow/<stage>/<name>`: a secret of the stage in Secrets Manager."""
    return f"{PRODUCT}/{stage}/{name}"


def function_arn(stack: cdk.Stack, stage: str, context: str, operation: str) -> str:
    """The ARN by which callers invoke an operation's function: that of its alias, also before the function exists."""
    return f"{unqualified_arn(stack, stage, context, operation)}:{LIVE}"


def unqualified_arn(stack: cdk.Stack, stage: str, context: str, operation: str) -> str:
    """The function's ARN without a version, as conditions name it. Sagas add their release's alias to it."""
    return _arn(stack, "lambda", "function", resource_name(stage, context, operation))


def state_machine_arn(stack: cdk.Stack, stage: str, workflow: str) -> str:
    """The ARN of a workflow's state machine, also before it exists."""
    return _arn(stack, "states", "stateMachine", resource_name(stage, workflow))


def _arn(stack: cdk.Stack, service: str, resource: str, name: str) -> str:
    from aws_cdk import ArnFormat

    return stack.format_arn(
        service=service, resource=resource, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
