"""Alarms for the people on call: effects that riders notice, work that is left undone, stores at their limits, silence.

None is raised by a single error or a single bad minute, but for a few that are never right, however rare: books that
differ, money that nobody asked for, a request that the payment provider refuses for good. Each says so again when it is
over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs import rest_api
from infra.constructs.naming import resource_name, state_machine_arn
from infra.stacks.base import StageStack
from infra.stages import Stage

_LATENCY_P99_MS = 600
"""The longest answer time of the rider API, at the 99th percentile."""
_ERROR_RATE, _ERRORS = 0.01, 5
"""The rate of the API's errors, and the errors in a minute below which there is no rate to speak of."""
_SAGAS = ("match_trip", "settle_trip")
_EXECUTIONS = 2
"""Failed executions of a saga in a quarter of an hour: sweeps start what failed again, so a few are no emergency."""
_AGE_S = 300
"""The age of a message above which its queue is late: a failed one is tried again within this."""
_ERRORS_OF_FUNCTIONS = 20
"""In a minute, of all functions of the account: their callers repeat what fails."""
_UNREAD_S = 6 * 60 * 60
"""How far the sweep of holds may be behind: one of a new stage begins a week back, and reads that at once."""
_FULL = 80.0
"""Percent of a store's capacity."""
_BURSTABLE = "cache.t"
_CREDITS = 10
"""Each is a minute of a whole processor beyond the share that a burstable node may use for good."""
_EACH_MINUTE = (
    ("kernel", "sweep_outbox"),
    ("trips", "sweep_stalled_trips"),
    ("trips", "sweep_silent_trips"),
    ("trips", "sweep_scheduled_rides"),
    ("dispatch", "sweep_requests"),
    ("supply", "plan_heartbeat_sweeps"),
)
"""Functions of schedules. If they are silent, nothing repairs what crashed."""

type Metric = cloudwatch.IMetric


@dataclass(frozen=True)
class _When:
    """An alarm is raised when this many of the last minutes were bad."""

    bad: int
    of: int


_SOON, _LASTING = _When(3, 5), _When(15, 15)
_NOW_AND_THEN = _When(3, 30)
"""For figures that are written every few minutes."""


class AlarmsStack(StageStack):
    """Refers to everything by name: it can be deployed and deleted independently of the other stacks."""

    def __init__(
        self, scope: Construct, stage: Stage, *, key: kms.IKey, queues: Sequence[str], dead_letters: Sequence[str]
    ) -> None:
        super().__init__(scope, "alarms", stage, "alarms for the people on call")
        self._topic = self._alarm_topic(key)
        self._of_the_api()
        self._of_functions()
        self._of_sagas()
        self._of_queues(queues, dead_letters)
        self._of_stores()
        self._of_the_domain()

    def _of_the_api(self) -> None:
        api = {"ApiName": resource_name(self.stage.name, "rest"), "Stage": rest_api.STAGE}
        rate = cloudwatch.MathExpression(
            expression=f"IF(errors >= {_ERRORS}, errors / requests, 0)",
            using_metrics={
                "errors": _metric("AWS/ApiGateway", "5XXError", api, "Sum"),
                "requests": _metric("AWS/ApiGateway", "Count", api, "Sum"),
            },
            period=cdk.Duration.minutes(1),
        )
        self._alarm("api-errors", rate, above=_ERROR_RATE, when=_SOON)
        latency = _metric("AWS/ApiGateway", "Latency", api, "p99")
        self._alarm("api-latency", latency, above=_LATENCY_P99_MS, when=_When(5, 5))

    def _of_functions(self) -> None:
        self._alarm("functions-throttled", _metric("AWS/Lambda", "Throttles", {}, "Sum"), above=0, when=_SOON)
        errors = _metric("AWS/Lambda", "Errors", {}, "Sum")
        self._alarm("functions-failing", errors, above=_ERRORS_OF_FUNCTIONS, when=_SOON)
        for context, operation in _EACH_MINUTE:
            function = {"FunctionName": resource_name(self.stage.name, context, operation)}
            self._silence(
                f"{operation}-silent", "sweep-silent", _metric("AWS/Lambda", "Invocations", function, "Sum", minutes=5)
            )
            failed = _metric("AWS/Lambda", "Errors", function, "Sum")
            self._alarm(f"{operation}-failing", failed, above=0, when=_SOON, runbook="sweep-failing")

    def _of_sagas(self) -> None:
        for saga in _SAGAS:
            machine = {"StateMachineArn": state_machine_arn(self, self.stage.name, saga)}
            ended = {
                name.lower(): _metric("AWS/States", f"Executions{name}", machine, "Sum", minutes=15)
                for name in ("Failed", "TimedOut", "Aborted")
            }
            failed = cloudwatch.MathExpression(
                expression="SUM(METRICS())", using_metrics=dict(ended), period=cdk.Duration.minutes(15)
            )
            self._alarm(f"{saga}-failed", failed, above=_EXECUTIONS, when=_When(1, 1), runbook="saga-failed")

    def _of_queues(self, queues: Sequence[str], dead_letters: Sequence[str]) -> None:
        for name in queues:
            age = _metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": name}, "Maximum")
            self._alarm(f"{self._short(name)}-late", age, above=_AGE_S, when=_When(5, 5), runbook="queue-late")
        for name in dead_letters:
            waiting = _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, "Maximum")
            self._alarm(self._short(name), waiting, above=0, when=_LASTING, runbook="dead-letters")

    def _of_stores(self) -> None:
        cluster = {"DBClusterIdentifier": resource_name(self.stage.name, "database")}
        self._alarm(
            "database-full", _metric("AWS/RDS", "ACUUtilization", cluster, "Average"), above=_FULL, when=_LASTING
        )
        if self.stage.database_proxy:
            proxy = {"ProxyName": resource_name(self.stage.name, "database")}
            refused = _metric("AWS/RDS", "DatabaseConnectionsSetupFailed", proxy, "Sum")
            self._alarm("database-unreachable", refused, above=0, when=_SOON)
        for node in self._redis_nodes():
            of_node = {"CacheClusterId": node}
            memory = _metric("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", of_node, "Maximum")
            self._alarm(f"{self._short(node)}-full", memory, above=_FULL, when=_LASTING, runbook="redis")
            busy = _metric("AWS/ElastiCache", "EngineCPUUtilization", of_node, "Average")
            self._alarm(f"{self._short(node)}-busy", busy, above=_FULL, when=_LASTING, runbook="redis")
            if self.stage.redis_node_type.startswith(_BURSTABLE):
                self._credits(node)

    def _credits(self, node: str) -> None:
        """A burstable node that has spent its credits is slowed down to a share at which it never looks busy."""
        credits_left = _metric("AWS/ElastiCache", "CPUCreditBalance", {"CacheClusterId": node}, "Minimum", minutes=5)
        self._raised(
            f"{self._short(node)}-credits",
            "redis",
            credits_left,
            _CREDITS,
            cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            _When(3, 3),
            cloudwatch.TreatMissingData.NOT_BREACHING,
        )

    def _of_the_domain(self) -> None:
        """Figures that functions write: `count` and `measure` in `kernel/observability.py`."""
        self._own("outbox-set-aside", "OutboxSetAside", "Maximum", _NOW_AND_THEN)
        self._own("stripe-events-unhandled", "StripeEventsUnhandled", "Maximum", _NOW_AND_THEN)
        # Once a day the books are checked: one difference is one too many.
        self._own("books-differ", "BooksDifferences", "Maximum", _When(1, 1), minutes=60)
        self._own("ledger-uncleared", "LedgerUncleared", "Maximum", _When(1, 1), minutes=60)
        # Somebody was charged whom no order charges: each is to be paid back, and nothing else tells a person of it.
        self._own("capture-without-order", "CaptureWithoutOrder", "Sum", _When(1, 1), minutes=60)
        # A refund by hand, or a dispute: Stripe's balance is not what the books say until a person posts it.
        self._own("money-moved-unbooked", "MoneyMovedUnbooked", "Sum", _When(1, 1), minutes=60)
        # Counted if a repeat gets the same answer: a request or a setting of ours is wrong, so a single one stops the
        # money of some ride until a person acts. What passes by itself, such as a rotated key, is not counted.
        self._own("payment-provider-refuses", "PaymentProviderRefused", "Sum", _When(1, 1), minutes=60)
        # Written every five minutes. Holds are looked at from two hours on, and live for days: some hours are no harm.
        self._own("holds-unread", "HoldsUnreadS", "Minimum", _NOW_AND_THEN, above=_UNREAD_S)
        # A row that newer code wrote is left alone during a rollout; one in lasting trouble is met in every minute.
        self._own("rows-skipped", "RowSkipped", "Sum", _When(8, 10))
        self._own("sealed-texts-broken", "SealedTextUnread", "Sum", _NOW_AND_THEN, why="broken")
        self._own("cancel-reasons-dropped", "CancelReasonDropped", "Sum", _When(3, 10))

    def _own(
        self,
        name: str,
        figure: str,
        statistic: str,
        when: _When,
        *,
        minutes: int = 1,
        above: int = 0,
        **dimensions: str,
    ) -> None:
        told = {"service": "rideflow", **dimensions}
        self._alarm(name, _metric("RideFlow", figure, told, statistic, minutes), above=above, when=when)

    def _redis_nodes(self) -> list[str]:
        """The names that ElastiCache gives the nodes of a replication group in cluster mode."""
        group, stage = resource_name(self.stage.name, "redis"), self.stage
        return [
            f"{group}-{shard:04}-{node:03}"
            for shard in range(1, stage.redis_shards + 1)
            for node in range(1, stage.redis_replicas + 2)
        ]

    def _short(self, name: str) -> str:
        return name.removeprefix(resource_name(self.stage.name, ""))

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

    def _alarm(self, name: str, metric: Metric, *, above: float, when: _When, runbook: str | None = None) -> None:
        """`runbook` is the section of `docs/runbook.md`, which has the alarm's own name otherwise."""
        greater = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
        self._raised(name, runbook or name, metric, above, greater, when, cloudwatch.TreatMissingData.NOT_BREACHING)

    def _silence(self, name: str, runbook: str, metric: Metric) -> None:
        """Raised if the figure is zero, or not there, three times in a row."""
        less = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
        self._raised(name, runbook, metric, 1, less, _When(3, 3), cloudwatch.TreatMissingData.BREACHING)

    def _raised(  # noqa: PLR0917 - an alarm's own parts
        self,
        name: str,
        runbook: str,
        metric: Metric,
        threshold: float,
        comparison: cloudwatch.ComparisonOperator,
        when: _When,
        missing: cloudwatch.TreatMissingData,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            f"Alarm-{name}",
            alarm_name=resource_name(self.stage.name, name),
            alarm_description=f"What to do: docs/runbook.md#{runbook}",
            metric=metric,
            threshold=threshold,
            evaluation_periods=when.of,
            datapoints_to_alarm=when.bad,
            comparison_operator=comparison,
            treat_missing_data=missing,
        )
        action = actions.SnsAction(self._topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)


def _metric(
    namespace: str, name: str, dimensions: dict[str, str], statistic: str, minutes: int = 1
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=cdk.Duration.minutes(minutes),
    )
