"""What becomes of a stage's stores when their stack is deleted."""

from __future__ import annotations

import aws_cdk as cdk

from infra.stages import Stage


def stores_policy(stage: Stage) -> cdk.RemovalPolicy:
    """A stage with data keeps them, but not from a deploy that makes them and fails: names would block the next try."""
    return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.keep_data else cdk.RemovalPolicy.DESTROY
