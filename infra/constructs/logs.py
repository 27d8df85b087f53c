"""Log groups' retention."""

from aws_cdk import aws_logs as logs

_RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    90: logs.RetentionDays.THREE_MONTHS,
}


def retention(days: int) -> logs.RetentionDays:
    """CloudWatch keeps logs for certain numbers of days only."""
    return _RETENTION[days]
