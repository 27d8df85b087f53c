"""Findings of cdk-nag that are accepted, each with its reason."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct


def accept(scope: IConstruct, rule: str, reason: str, *findings: str) -> None:
    """Accept the rule's findings at the construct and below; `findings` limits this to the ones named."""
    ids = [f"{rule}[{finding}]" for finding in findings] or [rule]
    cdk.Validations.of(scope).acknowledge(
        *(cdk.Acknowledgment(id=f"AwsSolutions::{identifier}", reason=reason) for identifier in ids)
    )
