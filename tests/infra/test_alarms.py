"""Alarms: each watches an existing metric, is raised by what lasts, and reaches the people on call."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from local.paths import ROOT
from local.releases.judge import watches_the_stage_alone
from localstack_runtime.authorization.policies import Request, allows
from tests.infra.policies import ACCOUNT, REGION, named, resolved
from tests.infra.synthesis import Json, Resource, Synthesis

type Figures = Mapping[str, Sequence[float | None]]
"""Of each metric a figure for each period, the newest last; None where it has none."""

RUNBOOK = ROOT / "docs" / "runbook.md"
GREATER, LESS = "GreaterThanThreshold", "LessThanThreshold"


@dataclass(frozen=True)
class Alarm:
    """An alarm as CloudWatch evaluates it. `metrics` are by their ids; an alarm of a single metric has one, `m`."""

    name: str
    metrics: dict[str, Json]
    expression: str
    properties: Json

    @property
    def period_s(self) -> int:
        (period,) = {each["Period"] for each in self.metrics.values()}
        return int(period)

    @property
    def when(self) -> tuple[int, int]:
        """The number of bad periods that raise it, and the number of periods looked at."""
        of = int(self.properties["EvaluationPeriods"])
        return int(self.properties.get("DatapointsToAlarm", of)), of

    def watched(self) -> dict[str, tuple[Any, ...]]:
        return {
            name: (each["Namespace"], each["Metric"], each["Dimensions"], each["Statistic"])
            for name, each in self.metrics.items()
        }

    def is_raised(self, figures: Figures) -> bool:
        bad, of = self.when
        periods = [dict(zip(figures, each, strict=True)) for each in zip(*figures.values(), strict=True)]
        return sum(self._is_bad(each) for each in periods[-of:]) >= bad

    def _is_bad(self, figures: dict[str, float | None]) -> bool:
        if None in figures.values():
            return bool(self.properties["TreatMissingData"] == "breaching")
        match self.expression:
            case "m":
                value = figures["m"]
            case "IF(errors >= 5, errors / requests, 0)":
                value = figures["errors"] / figures["requests"] if figures["errors"] >= 5 else 0  # type: ignore[operator]
            case "SUM(METRICS())":
                value = sum(each for each in figures.values() if each is not None)
            case _:
                raise AssertionError(self.expression)
        assert value is not None
        threshold = self.properties["Threshold"]
        return bool(value > threshold if self.properties["ComparisonOperator"] == GREATER else value < threshold)


def _alarms(synthesis: Synthesis) -> dict[str, Alarm]:
    found = {}
    for each in synthesis.of_type("AWS::CloudWatch::Alarm"):
        alarm = each.properties
        name = alarm["AlarmName"].removeprefix(f"rideflow-{synthesis.stage}-")
        metrics, expression = {"m": _metric(alarm)}, "m"
        if told := alarm.get("Metrics"):
            metrics = {part["Id"]: _metric_of_math(part["MetricStat"]) for part in told if "MetricStat" in part}
            (expression,) = [part["Expression"] for part in told if "Expression" in part]
        found[name] = Alarm(name, metrics, expression, alarm)
    return found


def _metric(alarm: Json) -> Json:
    return {
        "Namespace": alarm.get("Namespace"),
        "Metric": alarm.get("MetricName"),
        "Dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])},
        "Statistic": alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        "Period": alarm.get("Period"),
    }


def _metric_of_math(stat: Json) -> Json:
    metric = stat["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
    return {
        "Namespace": metric["Namespace"], "Metric": metric["MetricName"], "Dimensions": dimensions,
        "Statistic": stat["Stat"], "Period": stat["Period"],
    }  # fmt: skip


def _single(alarm: Alarm) -> tuple[str, str, dict[str, Any], str]:
    ((namespace, name, dimensions, statistic),) = alarm.watched().values()
    return namespace, name, dimensions, statistic


@pytest.mark.parametrize(
    ("name", "figure", "dimensions", "statistic", "when"),
    [
        # As `sweep_outbox` and `sweep_stripe_events` count them: tests/functions/operations/test_set_aside.py,
        # tests/adapters/payments/test_unhandled_stripe_events.py.
        ("outbox-set-aside", "OutboxSetAside", {}, "Maximum", (3, 30)),
        ("stripe-events-unhandled", "StripeEventsUnhandled", {}, "Maximum", (3, 30)),
        # As `kernel/fault_isolation.py` counts it: tests/unit/kernel/test_fault_isolation.py.
        ("rows-skipped", "RowSkipped", {}, "Sum", (8, 10)),
        # As `kernel/sealing.py` and `trips/cancelling.py` count them: tests/unit/kernel/test_sealing.py,
        # tests/functions/trips/test_cancel_trip.py.
        ("sealed-texts-broken", "SealedTextUnread", {"why": "broken"}, "Sum", (3, 30)),
        ("cancel-reasons-dropped", "CancelReasonDropped", {}, "Sum", (3, 10)),
    ],
)
def test_what_functions_count_raises_an_alarm(
    prod: Synthesis, name: str, figure: str, dimensions: dict[str, str], statistic: str, when: tuple[int, int]
) -> None:
    alarm = _alarms(prod)[name]

    assert _single(alarm) == ("RideFlow", figure, {"service": "rideflow", **dimensions}, statistic)
    assert (alarm.when, alarm.properties["Threshold"], alarm.period_s) == (when, 0, 60)


# As payments count them: tests/adapters/payments/test_what_is_counted.py.
NEVER_RIGHT = {
    "capture-without-order": "CaptureWithoutOrder",
    "money-moved-unbooked": "MoneyMovedUnbooked",
    "payment-provider-refuses": "PaymentProviderRefused",
}


@pytest.mark.parametrize(("name", "figure"), NEVER_RIGHT.items())
def test_a_single_one_of_what_is_never_right_raises_an_alarm(prod: Synthesis, name: str, figure: str) -> None:
    alarm = _alarms(prod)[name]

    assert _single(alarm) == ("RideFlow", figure, {"service": "rideflow"}, "Sum")
    assert alarm.period_s == 3600
    assert alarm.is_raised({"m": [1]})
    assert not alarm.is_raised({"m": [0]})
    assert not alarm.is_raised({"m": [None]})


def test_a_sweep_of_holds_that_falls_behind_for_hours_raises_an_alarm(prod: Synthesis) -> None:
    alarm = _alarms(prod)["holds-unread"]

    assert _single(alarm) == ("RideFlow", "HoldsUnreadS", {"service": "rideflow"}, "Minimum")
    each_five_minutes = [figure for _ in range(6) for figure in (21601, None, None, None, None)]
    assert alarm.is_raised({"m": each_five_minutes})
    assert not alarm.is_raised({"m": [figure and 21600 for figure in each_five_minutes]})


def test_errors_of_the_api_raise_an_alarm_if_they_are_a_rate_for_minutes(prod: Synthesis) -> None:
    (api,) = prod.of_type("AWS::ApiGateway::RestApi")
    (stage,) = prod.of_type("AWS::ApiGateway::Stage")
    live = {"ApiName": api.properties["Name"], "Stage": stage.properties["StageName"]}
    alarm = _alarms(prod)["api-errors"]
    assert alarm.watched() == {
        "errors": ("AWS/ApiGateway", "5XXError", live, "Sum"), "requests": ("AWS/ApiGateway", "Count", live, "Sum"),
    }  # fmt: skip

    assert alarm.is_raised({"errors": [20, 0, 20, 0, 20], "requests": [1000] * 5})
    assert not alarm.is_raised({"errors": [20, 0, 0, 0, 20], "requests": [1000] * 5})
    assert not alarm.is_raised({"errors": [9] * 5, "requests": [1000] * 5})
    assert not alarm.is_raised({"errors": [4] * 5, "requests": [4] * 5})

    slow = _alarms(prod)["api-latency"]
    assert _single(slow) == ("AWS/ApiGateway", "Latency", live, "p99")
    assert slow.is_raised({"m": [601] * 5})
    assert not slow.is_raised({"m": [601, 601, 600, 601, 601]})


def test_lost_sagas_raise_an_alarm_if_they_are_several(prod: Synthesis) -> None:
    for saga in ("match_trip", "settle_trip"):
        alarm = _alarms(prod)[f"{saga}-failed"]
        found = {(namespace, metric, statistic) for namespace, metric, _, statistic in alarm.watched().values()}
        assert found == {("AWS/States", f"Executions{how}", "Sum") for how in ("Failed", "TimedOut", "Aborted")}
        assert all(
            f":stateMachine:rideflow-prod-{saga}" in str(dimensions) for _, _, dimensions, _ in alarm.watched().values()
        )
        assert alarm.period_s == 900
        assert alarm.is_raised({"failed": [1], "timedout": [1], "aborted": [1]})
        assert not alarm.is_raised({"failed": [2], "timedout": [0], "aborted": [0]})


def test_throttled_and_failing_functions_raise_an_alarm(prod: Synthesis) -> None:
    throttled, failing = (_alarms(prod)[f"functions-{how}"] for how in ("throttled", "failing"))

    assert _single(throttled) == ("AWS/Lambda", "Throttles", {}, "Sum")
    assert throttled.is_raised({"m": [1, 0, 1, 0, 1]})
    assert _single(failing) == ("AWS/Lambda", "Errors", {}, "Sum")
    assert failing.is_raised({"m": [21, 21, 21, 0, 0]})
    assert not failing.is_raised({"m": [20] * 5})


def test_each_function_that_runs_every_minute_is_missed_if_it_is_silent(prod: Synthesis) -> None:
    functions = {
        prod.behind(schedule.stack, schedule.properties["Target"]["Arn"]).properties["FunctionName"]
        for schedule in prod.of_type("AWS::Scheduler::Schedule")
        if schedule.properties["ScheduleExpression"] == "rate(1 minute)"
    }
    alarms = {name: alarm for name, alarm in _alarms(prod).items() if name.endswith("-silent")}

    assert {_single(alarm)[2]["FunctionName"] for alarm in alarms.values()} == functions != set()
    for name, alarm in alarms.items():
        namespace, metric, dimensions, statistic = _single(alarm)
        operation = name.removesuffix("-silent")
        assert (namespace, metric, statistic, alarm.period_s) == ("AWS/Lambda", "Invocations", "Sum", 300)
        assert dimensions["FunctionName"].endswith(f"-{operation}")
        assert alarm.is_raised({"m": [None, None, None]})
        assert not alarm.is_raised({"m": [None, None, 5]})
        assert _alarms(prod)[f"{operation}-failing"].is_raised({"m": [1, 1, 1, 0, 0]})


def test_every_queue_raises_an_alarm_if_it_is_late_and_if_messages_are_left(prod: Synthesis) -> None:
    queues = {each.properties["QueueName"] for each in prod.of_type("AWS::SQS::Queue")}
    dead_letters = {name for name in queues if name.endswith("-dead")}
    of_queues = [alarm for alarm in _alarms(prod).values() if _namespaces(alarm) == {"AWS/SQS"}]

    late = {_single(a)[2]["QueueName"]: a for a in of_queues if _single(a)[1] == "ApproximateAgeOfOldestMessage"}
    left = {_single(a)[2]["QueueName"]: a for a in of_queues if _single(a)[1] == "ApproximateNumberOfMessagesVisible"}

    assert set(left) == dead_letters != set()
    assert set(late) == queues - dead_letters != set()
    for alarm in late.values():
        assert alarm.is_raised({"m": [301] * 5})
        assert not alarm.is_raised({"m": [300] * 5})
    for alarm in left.values():
        assert alarm.is_raised({"m": [1] * 15})
        assert not alarm.is_raised({"m": [0] + [1] * 14})


def test_stores_at_their_limits_raise_an_alarm(prod: Synthesis) -> None:
    (cluster,) = prod.of_type("AWS::RDS::DBCluster")
    (proxy,) = prod.of_type("AWS::RDS::DBProxy")
    (group,) = prod.of_type("AWS::ElastiCache::ReplicationGroup")
    alarms = _alarms(prod)

    full = ("AWS/RDS", "ACUUtilization", {"DBClusterIdentifier": cluster.properties["DBClusterIdentifier"]}, "Average")
    assert _single(alarms["database-full"]) == full
    refused = ("AWS/RDS", "DatabaseConnectionsSetupFailed", {"ProxyName": proxy.properties["DBProxyName"]}, "Sum")
    assert _single(alarms["database-unreachable"]) == refused
    shards, replicas = group.properties["NumNodeGroups"], group.properties["ReplicasPerNodeGroup"]
    nodes = {
        f"{group.properties['ReplicationGroupId']}-{shard:04}-{node:03}"
        for shard in range(1, shards + 1)
        for node in range(1, replicas + 2)
    }
    for figure in ("DatabaseMemoryUsagePercentage", "EngineCPUUtilization", "CPUCreditBalance"):
        watched = [_single(alarm) for alarm in alarms.values() if _namespaces(alarm) == {"AWS/ElastiCache"}]
        assert {dimensions["CacheClusterId"] for _, name, dimensions, _ in watched if name == figure} == nodes
    for alarm in alarms.values():
        if alarm.name.endswith("-credits"):
            assert alarm.is_raised({"m": [9.9] * 3})
            assert not alarm.is_raised({"m": [9.9] * 2 + [10]})
        elif _namespaces(alarm) == {"AWS/ElastiCache"} or alarm.name == "database-full":
            assert alarm.is_raised({"m": [81] * 15})
            assert not alarm.is_raised({"m": [81] * 14 + [80]})


def test_no_alarm_is_raised_by_one_error_or_one_bad_minute(each_stage: Synthesis) -> None:
    """Those of the books are no minute's: the daily check tells a figure once, and one difference is one too many.

    Nor are captures without an order and requests that are refused for good: none of them passes by itself.
    """
    for alarm in _alarms(each_stage).values():
        if alarm.name in {*DAILY, *NEVER_RIGHT}:
            continue
        quiet: list[float | None] = [20 if alarm.properties["ComparisonOperator"] == LESS else 0] * 30
        assert not alarm.is_raised(dict.fromkeys(alarm.metrics, quiet)), alarm.name
        if alarm.expression == "SUM(METRICS())":
            assert not alarm.is_raised({name: [1 if name == "failed" else 0] for name in alarm.metrics}), alarm.name
            continue
        for bad in (1, 1_000_000, None):
            once = {name: [*quiet[1:], bad] for name in alarm.metrics}
            assert not alarm.is_raised(once), (alarm.name, bad)


def test_every_alarm_tells_the_topic_when_it_is_raised_and_when_it_is_over(prod: Synthesis) -> None:
    (topic,) = [each for each in prod.of_type("AWS::SNS::Topic") if each.stack.endswith("alarms")]

    for name, alarm in _alarms(prod).items():
        assert alarm.properties["AlarmActions"] == alarm.properties["OKActions"] == [{"Ref": topic.logical_id}], name
        missing = "breaching" if name.endswith("-silent") else "notBreaching"
        assert alarm.properties["TreatMissingData"] == missing, name


def test_each_alarm_names_what_to_do_and_nothing_is_told_for_no_alarm(prod: Synthesis) -> None:
    sections = re.split(r"^## ", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    told = {
        section.partition("\n")[0]: re.findall(r"^- \*\*(\w+)\.\*\*", section, re.MULTILINE) for section in sections
    }

    named = {alarm.properties["AlarmDescription"].partition("runbook.md#")[2] for alarm in _alarms(prod).values()}
    assert named == set(told)
    assert set(map(tuple, told.values())) == {("Detect", "Impact", "Mitigate", "Verify")}


def _namespaces(alarm: Alarm) -> set[str]:
    return {namespace for namespace, *_ in alarm.watched().values()}


def test_an_alarm_reaches_the_people_on_call(each_stage: Synthesis) -> None:
    """CloudWatch may publish to the topic and use its key, for alarms of this account alone, and nobody without TLS."""
    (topic,) = each_stage.of_type("AWS::SNS::Topic")
    (policy,) = each_stage.of_type("AWS::SNS::TopicPolicy")
    (alarm, *_) = each_stage.of_type("AWS::CloudWatch::Alarm")
    document = resolved(policy.properties["PolicyDocument"], policy.stack, each_stage)
    topic_arn = named(topic.stack, topic.logical_id)
    assert resolved(policy.properties["Topics"], policy.stack, each_stage) == [topic_arn]

    cloudwatch = ("Service", "cloudwatch.amazonaws.com")
    raised_by = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{alarm.properties['AlarmName']}"
    ours = {"aws:securetransport": "true", "aws:sourceaccount": ACCOUNT, "aws:sourcearn": raised_by}
    publish = Request(cloudwatch, "sns:Publish", topic_arn, ours)
    assert allows([document], publish)
    for wrong in (
        {"aws:securetransport": "false"},
        {"aws:sourceaccount": "444455556666"},
        {"aws:sourcearn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:other"},
    ):
        assert not allows([document], replace(publish, context=ours | wrong))
    assert not allows([document], replace(publish, principal=("Service", "events.amazonaws.com")))
    assert not allows([document], replace(publish, action="sns:Subscribe"))

    key_policies = _policies_of_key(topic, each_stage)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        use = Request(cloudwatch, action, "*", {"aws:sourceaccount": ACCOUNT})
        assert allows(key_policies, use)
        assert not allows(key_policies, replace(use, context={"aws:sourceaccount": "444455556666"}))


DAILY = ("books-differ", "ledger-uncleared")


@pytest.mark.parametrize(
    ("name", "figure"), [("books-differ", "BooksDifferences"), ("ledger-uncleared", "LedgerUncleared")]
)
def test_what_the_daily_check_of_the_books_finds_raises_an_alarm_at_once(
    prod: Synthesis, name: str, figure: str
) -> None:
    """As `ledger/checking.py` counts it: tests/adapters/ledger/test_checking.py."""
    alarm = _alarms(prod)[name]

    assert _single(alarm) == ("RideFlow", figure, {"service": "rideflow"}, "Maximum")
    assert (alarm.when, alarm.properties["Threshold"], alarm.period_s) == ((1, 1), 0, 3600)


def _policies_of_key(topic: Resource, synthesis: Synthesis) -> list[Json]:
    name = resolved(topic.properties["KmsMasterKeyId"], topic.stack, synthesis)
    keys = [key for key in synthesis.of_type("AWS::KMS::Key") if named(key.stack, key.logical_id) == name]
    return [resolved(key.properties["KeyPolicy"], key.stack, synthesis) for key in keys]


def test_a_release_is_judged_by_all_alarms_but_those_of_figures_that_stages_of_an_account_share(
    each_stage: Synthesis,
) -> None:
    prefix = f"rideflow-{each_stage.stage}-"
    alarms = [
        resolved(each.properties, each.stack, each_stage) for each in each_stage.of_type("AWS::CloudWatch::Alarm")
    ]

    left_out = {each["AlarmName"].removeprefix(prefix) for each in alarms if not watches_the_stage_alone(each, prefix)}

    assert left_out == {
        "functions-throttled",
        "functions-failing",
        "outbox-set-aside",
        "stripe-events-unhandled",
        "books-differ",
        "ledger-uncleared",
        "capture-without-order",
        "money-moved-unbooked",
        "payment-provider-refuses",
        "holds-unread",
        "rows-skipped",
        "sealed-texts-broken",
        "cancel-reasons-dropped",
    }
