"""Alarms for the people on call: effects that riders notice, and work that is left undone."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.naming import resource_name, state_machine_arn
from infra.stacks.base import StageStack
from infra.stages import Stage

_LATENCY_P99_MS = 600
"""The longest answer time of the rider API, at the 99th percentile."""
_AGAIN_AND_AGAIN = 10
"""Minutes. A row that newer code wrote is left alone during a rollout. Sweeps, which come each minute, meet one in
lasting trouble in nearly every minute."""
_SAGAS = ("match_trip", "settle_trip")


class AlarmsStack(StageStack):
    """Refers to everything by name: it can be deployed and deleted independently of the other stacks."""

    def __init__(self, scope: Construct, stage: Stage, *, key: kms.IKey, dead_letters: Sequence[str]) -> None:
        super().__init__(scope, "alarms", stage, "alarms for the people on call")
        self._topic = self._alarm_topic(key)
        api = {"ApiName": resource_name(stage.name, "rest"), "Stage": "live"}
        self._alarm("api-errors", _metric("AWS/ApiGateway", "5XXError", api, "Average"), above=0.01)
        self._alarm("api-latency", _metric("AWS/ApiGateway", "Latency", api, "p99"), above=_LATENCY_P99_MS, minutes=5)
        for saga in _SAGAS:
            failed = {"StateMachineArn": state_machine_arn(self, stage.name, saga)}
            self._alarm(f"{saga}-failed", _metric("AWS/States", "ExecutionsFailed", failed, "Sum"), above=0)
        set_aside = _metric("RideFlow", "OutboxSetAside", {"service": "rideflow"}, "Maximum")
        self._alarm("outbox-set-aside", set_aside, above=0)
        unhandled = _metric("RideFlow", "StripeEventsUnhandled", {"service": "rideflow"}, "Maximum")
        self._alarm("stripe-events-unhandled", unhandled, above=0)
        rows_skipped = _metric("RideFlow", "RowSkipped", {"service": "rideflow"}, "Sum")
        self._alarm("rows-skipped", rows_skipped, above=0, minutes=_AGAIN_AND_AGAIN, at_least=_AGAIN_AND_AGAIN - 2)
        broken = _metric("RideFlow", "SealedTextUnread", {"service": "rideflow", "why": "broken"}, "Sum")
        self._alarm("sealed-texts-broken", broken, above=0)
        dropped = _metric("RideFlow", "CancelReasonDropped", {"service": "rideflow"}, "Sum")
        self._alarm("cancel-reasons-dropped", dropped, above=0, minutes=_AGAIN_AND_AGAIN, at_least=3)
        for name in dead_letters:
            waiting = _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, "Maximum")
            self._alarm(name.removeprefix(resource_name(stage.name, "")), waiting, above=0)

    def _alarm_topic(self, key: kms.IKey) -> sns.Topic:
        """The people on call subscribe to it."""
        topic = sns.Topic(
            self, "Alarms", topic_name=resource_name(self.stage.name, "alarms"), master_key=key, enforce_ssl=True
        )
        topic.add_to_resource_policy(self._publishing(topic))
        cdk.CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)
        return topic

    def _publishing(self, topic: sns.Topic) -> iam.PolicyStatement:
        """A policy of its own, as `enforce_ssl` writes, replaces a topic's default one: nobody may publish then."""
        alarms = resource_name(self.stage.name, "*")
        return iam.PolicyStatement(
            sid="AlarmsPublish",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": self.account},
                "ArnLike": {
                    "aws:SourceArn": f"arn:{self.partition}:cloudwatch:{self.region}:{self.account}:alarm:{alarms}"
                },
            },
        )

    def _alarm(
        self, name: str, metric: cloudwatch.Metric, *, above: float, minutes: int = 1, at_least: int | None = None
    ) -> None:
        """Raised if the figure is above the threshold in each of the minutes, or in `at_least` so many of them."""
        alarm = cloudwatch.Alarm(
            self,
            f"Alarm-{name}",
            alarm_name=resource_name(self.stage.name, name),
            metric=metric,
            threshold=above,
            evaluation_periods=minutes,
            datapoints_to_alarm=at_least,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))


def _metric(namespace: str, name: str, dimensions: dict[str, str], statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=cdk.Duration.minutes(1),
    )
