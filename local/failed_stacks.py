"""Stacks of a stage whose first creation failed, in the way of the next deploy."""

from __future__ import annotations

from local.cloud import Cloud

_FAILED_TO_BE_MADE = ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"]
"""States of a stack that never was complete. CloudFormation can only delete it, which `cdk deploy` does first."""


def unprotect(cloud: Cloud) -> list[str]:
    """Take termination protection off these stacks; returns their names.

    The CDK protects a stack before it makes the resources, and does not take it off before it deletes what failed.
    """
    from infra.constructs.naming import stack_name

    client = cloud.client("cloudformation")
    prefix = stack_name(cloud.stage, "")
    pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=_FAILED_TO_BE_MADE)
    names = [each["StackName"] for page in pages for each in page["StackSummaries"]]
    failed = sorted(name for name in names if name.startswith(prefix))
    for name in failed:
        client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    return failed
