"""Physical names. A name that can be computed needs no reference between stacks, so stacks do not lock each other."""

from __future__ import annotations

import aws_cdk as cdk

PRODUCT = "rideflow"


def resource_name(stage: str, *words: str) -> str:
    """`rideflow-<stage>-<words>`, such as `rideflow-prod-trips-request_trip`."""
    return "-".join((PRODUCT, stage, *words))


def stack_name(stage: str, name: str) -> str:
    """`RideFlow-<stage>-<name>`."""
    return f"RideFlow-{stage}-{name}"


def function_arn(stack: cdk.Stack, stage: str, context: str, operation: str) -> str:
    """The ARN of an operation's function, also before the function exists."""
    return stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=resource_name(stage, context, operation),
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


def state_machine_arn(stack: cdk.Stack, stage: str, workflow: str) -> str:
    """The ARN of a workflow's state machine, also before it exists."""
    return stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name=resource_name(stage, workflow),
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
