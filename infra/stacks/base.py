"""The base class of all stacks."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from infra.constructs.keeping import stores_policy
from infra.constructs.naming import stack_name
from infra.stages import Stage

_UNTAGGABLE = ["AWS::RDS::DBProxyTargetGroup"]
"""CDK would tag it; CloudFormation's schema knows no tags there."""


class StageStack(cdk.Stack):
    """A stack of one stage, named and tagged after it; it knows neither account nor region, so it needs no AWS call."""

    def __init__(self, scope: Construct, name: str, stage: Stage, description: str, *, dense: bool = False) -> None:
        """`dense` leaves the white space out of a template that would pass CloudFormation's limit of 1 MB with it."""
        super().__init__(
            scope,
            stack_name(stage.name, name),
            description=f"RideFlow {stage.name}: {description}",
            termination_protection=stage.keep_data,
            analytics_reporting=False,
            suppress_template_indentation=dense,
        )
        self.stage = stage
        for key, value in (("product", "rideflow"), ("stage", stage.name)):
            cdk.Tags.of(self).add(key, value, exclude_resource_types=_UNTAGGABLE)

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """The removal policy of this stage's stores, for the deletion of their stack."""
        return stores_policy(self.stage)
