"""A function that runs by the clock."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.function import OperationFunction


class Scheduled(Construct):
    """Runs the function at a fixed interval; a run that cannot be started becomes a dead letter.

    The next run does the work of a missed one, so a run is not started again after a minute.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        every: cdk.Duration,
        function: OperationFunction,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            schedule_name=function.name,
            schedule=scheduler.ScheduleExpression.rate(every),
            target=targets.LambdaInvoke(
                function.alias,
                dead_letter_queue=dead_letters,
                max_event_age=cdk.Duration.minutes(1),
                retry_attempts=1,
            ),
        )
