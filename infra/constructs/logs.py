"""Log groups' retention."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.stages import Stage

_RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    90: logs.RetentionDays.THREE_MONTHS,
}


def retention(days: int) -> logs.RetentionDays:
    """CloudWatch keeps logs for certain numbers of days only."""
    return _RETENTION[days]


def made_before_its_service(scope: Construct, construct_id: str, stage: Stage, name: str) -> logs.LogGroup:
    """The log group that a service would make by itself under this name, and keep forever.

    The resource whose logs go there must depend on it.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=retention(stage.log_retention_days),
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
