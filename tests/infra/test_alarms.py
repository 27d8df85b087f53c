"""Alarms: each watches an existing metric, and notifies the topic of the people on call."""

from dataclasses import replace
from typing import Any

from tests.infra.policies import ACCOUNT, REGION, Request, allows, named, resolved
from tests.infra.synthesis import Json, Resource, Synthesis


def _alarms(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    prefix = f"rideflow-{synthesis.stage}-"
    alarms = [each.properties for each in synthesis.of_type("AWS::CloudWatch::Alarm")]
    return {alarm["AlarmName"].removeprefix(prefix): alarm for alarm in alarms}


def _watched(alarm: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], dimensions


def test_an_event_that_was_set_aside_raises_an_alarm(prod: Synthesis) -> None:
    alarm = _alarms(prod)["outbox-set-aside"]

    # As `sweep_outbox` counts it: tests/functions/operations/test_set_aside.py.
    assert _watched(alarm) == ("RideFlow", "OutboxSetAside", {"service": "rideflow"})
    assert (alarm["Threshold"], alarm["ComparisonOperator"], alarm["Statistic"]) == (
        0, "GreaterThanThreshold", "Maximum",
    )  # fmt: skip


def test_alarms_are_raised_by_effects_on_riders_and_by_the_first_unfinished_work(prod: Synthesis) -> None:
    (api,) = prod.of_type("AWS::ApiGateway::RestApi")
    (stage,) = prod.of_type("AWS::ApiGateway::Stage")
    live = {"ApiName": api.properties["Name"], "Stage": stage.properties["StageName"]}
    alarms = {name: alarm for name, alarm in _alarms(prod).items() if alarm["Namespace"] != "AWS/SQS"}
    sagas = {name: alarms.pop(f"{name}-failed") for name in ("match_trip", "settle_trip")}

    assert {name: (*_watched(alarm), *_raised(alarm)) for name, alarm in alarms.items()} == {
        "api-errors": ("AWS/ApiGateway", "5XXError", live, "Average", 0.01, 1),
        "api-latency": ("AWS/ApiGateway", "Latency", live, "p99", 600, 5),
        # As `sweep_outbox` and `sweep_stripe_events` count them: tests/functions/operations/test_set_aside.py,
        # tests/adapters/payments/test_unhandled_stripe_events.py.
        "outbox-set-aside": ("RideFlow", "OutboxSetAside", {"service": "rideflow"}, "Maximum", 0, 1),
        "stripe-events-unhandled": ("RideFlow", "StripeEventsUnhandled", {"service": "rideflow"}, "Maximum", 0, 1),
        # As `kernel/fault_isolation.py` counts it: tests/unit/kernel/test_fault_isolation.py.
        "rows-skipped": ("RideFlow", "RowSkipped", {"service": "rideflow"}, "Sum", 0, 10),
        # As `kernel/sealing.py` and `trips/cancelling.py` count them: tests/unit/kernel/test_sealing.py,
        # tests/functions/trips/test_cancel_trip.py.
        "sealed-texts-broken": (
            "RideFlow", "SealedTextUnread", {"service": "rideflow", "why": "broken"}, "Sum", 0, 1,
        ),
        "cancel-reasons-dropped": ("RideFlow", "CancelReasonDropped", {"service": "rideflow"}, "Sum", 0, 10),
    }  # fmt: skip
    assert alarms["cancel-reasons-dropped"]["DatapointsToAlarm"] == 3
    assert alarms["rows-skipped"]["DatapointsToAlarm"] == 8
    for name, alarm in sagas.items():
        namespace, metric, dimensions = _watched(alarm)
        assert (namespace, metric, *_raised(alarm)) == ("AWS/States", "ExecutionsFailed", "Sum", 0, 1)
        assert f":stateMachine:rideflow-prod-{name}" in str(dimensions["StateMachineArn"])


def _raised(alarm: dict[str, Any]) -> tuple[str, float, int]:
    """The metric's statistic, its threshold, and the number of minutes."""
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    return alarm.get("Statistic") or alarm["ExtendedStatistic"], alarm["Threshold"], alarm["EvaluationPeriods"]


def test_every_dead_letter_queue_raises_an_alarm_with_its_first_message(prod: Synthesis) -> None:
    queues = {each.properties["QueueName"] for each in prod.of_type("AWS::SQS::Queue")}
    dead_letters = {name for name in queues if name.endswith("-dead")}

    watched = {
        _watched(alarm)[2]["QueueName"]: alarm for alarm in _alarms(prod).values() if alarm["Namespace"] == "AWS/SQS"
    }

    assert set(watched) == dead_letters != set()
    assert {(alarm["MetricName"], alarm["Threshold"]) for alarm in watched.values()} == {
        ("ApproximateNumberOfMessagesVisible", 0)
    }


def test_every_alarm_tells_the_topic_and_is_silent_without_figures(prod: Synthesis) -> None:
    (topic,) = [each for each in prod.of_type("AWS::SNS::Topic") if each.stack.endswith("alarms")]

    for name, alarm in _alarms(prod).items():
        assert alarm["AlarmActions"] == [{"Ref": topic.logical_id}], name
        assert (alarm["TreatMissingData"], alarm["Period"]) == ("notBreaching", 60), name


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


def _policies_of_key(topic: Resource, synthesis: Synthesis) -> list[Json]:
    name = resolved(topic.properties["KmsMasterKeyId"], topic.stack, synthesis)
    keys = [key for key in synthesis.of_type("AWS::KMS::Key") if named(key.stack, key.logical_id) == name]
    return [resolved(key.properties["KeyPolicy"], key.stack, synthesis) for key in keys]
