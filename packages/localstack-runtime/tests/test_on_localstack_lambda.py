"""Functions, queues, schedules and workflows on a running LocalStack."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from deployed_cloud import Cloud
from running_localstack import client
from stack_template import POSTGRES, REDIS
from waiting import eventually

pytestmark = pytest.mark.e2e


def consumed(cloud: Cloud, text: str) -> bool:
    log = cloud.function_logs / f"{cloud.outputs['Consumer']}.log"
    return log.exists() and f"consumed {text}" in log.read_text()


def test_functions_are_handed_the_addresses_of_the_real_stores(cloud: Cloud) -> None:
    environment = cloud.invoke("Echo", {})["environment"]
    assert f"{environment['DATABASE_HOST']}:{environment['DATABASE_PORT']}" == POSTGRES
    assert f"{environment['REDIS_HOST']}:{environment['REDIS_PORT']}" == REDIS
    assert environment["PROXY"] == POSTGRES.split(":")[0]


def test_a_crash_is_told_and_the_next_event_gets_a_new_process(cloud: Cloud) -> None:
    before = cloud.invoke("Echo", {})["pid"]
    assert cloud.invoke("Echo", {"exit": 1})["errorType"] == "Runtime.ExitError"
    assert cloud.invoke("Echo", {})["pid"] != before


def test_a_timeout_is_told_in_the_words_of_lambda(cloud: Cloud) -> None:
    client = cloud.client("lambda")
    name = cloud.outputs["CustomHandler"]
    client.update_function_configuration(FunctionName=name, Timeout=1, Handler="index.absent")
    assert eventually(lambda: settled(client, name))
    assert cloud.invoke("CustomHandler", {})["errorType"] == "Runtime.HandlerNotFound"
    client.update_function_configuration(FunctionName=name, Timeout=5, Handler="index.handler")
    assert eventually(lambda: settled(client, name))


def test_a_burst_waits_its_turn_instead_of_starting_a_process_for_each(cloud: Cloud) -> None:
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: cloud.invoke("Echo", {"sleep": 0.05}), range(40)))
    assert len({answer["pid"] for answer in answers}) <= 10


def settled(client: Any, name: str) -> bool:
    return bool(client.get_function_configuration(FunctionName=name)["LastUpdateStatus"] == "Successful")


def test_reserved_concurrency_turns_the_rest_away(cloud: Cloud) -> None:
    client = cloud.client("lambda")
    name = cloud.outputs["Echo"]
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    impatient = [cloud_client_without_retries(cloud) for _ in range(4)]

    def call(each: Any) -> str:
        try:
            each.invoke(FunctionName=name, Payload=b'{"sleep": 1}')["Payload"].read()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ran"

    try:
        with ThreadPoolExecutor(4) as pool:
            outcomes = sorted(pool.map(call, impatient))
    finally:
        client.delete_function_concurrency(FunctionName=name)
    assert outcomes == ["TooManyRequestsException", "TooManyRequestsException", "ran", "ran"]


def cloud_client_without_retries(cloud: Cloud) -> Any:
    return client("lambda", cloud.url, config=Config(retries={"total_max_attempts": 1}))


def test_logs_are_in_the_group_that_the_function_names(cloud: Cloud) -> None:
    cloud.invoke("Echo", {"requestContext": {"routeKey": "find-me"}})
    logs = cloud.client("logs")

    def messages() -> list[str]:
        events = logs.filter_log_events(logGroupName=cloud.outputs["EchoLog"])["events"]
        return [event["message"] for event in events]

    assert eventually(lambda: any("echo find-me" in message for message in messages()))
    file = (cloud.function_logs / f"{cloud.outputs['Echo']}.log").read_text()
    assert "echo find-me" in file
    of_lambda = [
        line for line in [*messages(), *file.splitlines()] if re.match(r"START|END|REPORT|INIT|.*\"success\"", line)
    ]
    assert of_lambda == [], "the function asks for warnings of Lambda alone"


def test_an_event_reaches_its_function_through_rule_and_queue_at_once(cloud: Cloud) -> None:
    entry = {"EventBusName": cloud.outputs["Bus"], "Source": "shop", "DetailType": "OrderPlaced"}
    cloud.client("events").put_events(Entries=[{**entry, "Detail": '{"order": "o-1"}'}])
    assert eventually(lambda: "o-1" in consumer_log(cloud))


def consumer_log(cloud: Cloud) -> str:
    log = cloud.function_logs / f"{cloud.outputs['Consumer']}.log"
    return log.read_text() if log.exists() else ""


def test_of_a_batch_only_the_messages_that_failed_come_again_and_end_as_dead_letters(cloud: Cloud) -> None:
    sqs = cloud.client("sqs")
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(["fine-1", "poison-1", "fine-2"])]
    sqs.send_message_batch(QueueUrl=cloud.outputs["Queue"], Entries=entries)
    dead = eventually(lambda: received(cloud, "poison-1"))
    assert dead["Body"] == "poison-1"
    log = consumer_log(cloud)
    assert log.count("consumed poison-1") == 2
    assert (log.count("consumed fine-1"), log.count("consumed fine-2")) == (1, 1)


def received(cloud: Cloud, text: str) -> dict[str, Any] | None:
    sqs = cloud.client("sqs")
    answer = sqs.receive_message(
        QueueUrl=cloud.outputs["DeadLetters"], WaitTimeSeconds=1, VisibilityTimeout=1, MessageAttributeNames=["All"]
    )
    for message in answer.get("Messages", []):
        if text in message["Body"]:
            sqs.delete_message(QueueUrl=cloud.outputs["DeadLetters"], ReceiptHandle=message["ReceiptHandle"])
            return dict(message)
    return None


def schedule(cloud: Cloud, name: str, target: str, text: str, **options: Any) -> None:
    """Schedule once, soon. A time that passes while the schedule is being made never fires: then a later one is set."""
    scheduler = cloud.client("scheduler")
    write = scheduler.create_schedule
    for margin_s in (1, 2, 4, 8):
        at = (datetime.now(UTC) + timedelta(seconds=margin_s)).replace(microsecond=0)
        try:
            write(
                Name=name,
                ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={"Arn": target, "RoleArn": cloud.role_arn("Role"), "Input": text, **options},
            )
        except scheduler.exceptions.ResourceNotFoundException:
            return  # it fired in time, and deleted itself
        if datetime.now(UTC) < at:
            return
        write = scheduler.update_schedule


def queue_arn(cloud: Cloud, output: str) -> str:
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=cloud.outputs[output], AttributeNames=["QueueArn"])
    return str(attributes["Attributes"]["QueueArn"])


def test_a_schedule_fires_and_deletes_itself(cloud: Cloud) -> None:
    schedule(cloud, "once", queue_arn(cloud, "Queue"), "scheduled <aws.scheduler.scheduled-time>")
    assert eventually(lambda: consumed(cloud, f"scheduled {datetime.now(UTC):%Y-}"))
    assert eventually(lambda: "once" not in schedules(cloud))


def schedules(cloud: Cloud) -> list[str]:
    return [each["Name"] for each in cloud.client("scheduler").list_schedules()["Schedules"]]


def test_a_recurring_schedule_of_the_template_fires(cloud: Cloud) -> None:
    assert eventually(lambda: consumed(cloud, "often"))


def test_an_occurrence_that_cannot_be_delivered_becomes_a_dead_letter(cloud: Cloud) -> None:
    dead_letters = {"DeadLetterConfig": {"Arn": queue_arn(cloud, "DeadLetters")}}
    retries = {"RetryPolicy": {"MaximumRetryAttempts": 1}}
    absent = "arn:aws:sqs:us-east-1:000000000000:absent"
    schedule(cloud, "undeliverable", absent, "undelivered", **dead_letters, **retries)
    letter = eventually(lambda: received(cloud, "undelivered"))
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert attributes["RETRY_ATTEMPTS"] == "1"
    assert attributes["TARGET_ARN"] == absent


def test_a_workflow_computes_asks_a_function_publishes_and_waits_for_its_token(cloud: Cloud) -> None:
    states = cloud.client("stepfunctions")
    started = states.start_execution(stateMachineArn=cloud.outputs["Workflow"], input='{"fares": [100, 250]}')
    token = eventually(lambda: received(cloud, ""))["Body"]
    states.send_task_success(taskToken=token, output='{"paid": true}')
    execution = eventually(lambda: finished(states, started["executionArn"]))
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"paid": True}
    history = states.get_execution_history(executionArn=started["executionArn"])["events"]
    outputs = [event["stateExitedEventDetails"]["output"] for event in history if "stateExitedEventDetails" in event]
    assert json.loads(outputs[1]) == {"sum": 350}


def finished(states: Any, arn: str) -> dict[str, Any] | None:
    execution = states.describe_execution(executionArn=arn)
    return None if execution["status"] == "RUNNING" else dict(execution)


def test_a_warm_function_answers_within_milliseconds(cloud: Cloud) -> None:
    """The limit allows for slow machines. It fails if an invocation waits for a timer or a poll."""
    client, nothing = cloud.client("lambda"), cloud.client("sts").get_caller_identity

    def invoke() -> None:
        client.invoke(FunctionName=cloud.outputs["Echo"], Payload=b"{}")["Payload"].read()

    def median_s(call: Callable[[], object]) -> float:
        taken = []
        for _ in range(30):
            started = time.perf_counter()
            call()
            taken.append(time.perf_counter() - started)
        return sorted(taken)[15]

    assert median_s(invoke) < 10 * median_s(nothing)


def test_an_alias_divides_its_calls_between_two_versions_that_keep_their_own_settings(cloud: Cloud) -> None:
    lambda_ = cloud.client("lambda")
    name = _published(lambda_, cloud)

    def seen() -> set[str]:
        answers = [_called(lambda_, name, "live") for _ in range(40)]
        assert all(executed == version for executed, version, _ in answers)
        assert all(setting == f"of version {version}" for _, version, setting in answers)
        return {executed for executed, _, _ in answers}

    assert seen() == {"1"}
    weights = {"FunctionName": name, "Name": "live"}
    lambda_.update_alias(**weights, RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    assert seen() == {"1", "2"}
    lambda_.update_alias(**weights, RoutingConfig={"AdditionalVersionWeights": {}}, FunctionVersion="2")
    assert seen() == {"2"}
    assert _called(lambda_, name, "1") == ("1", "1", "of version 1")


def test_weights_that_lambda_refuses_are_refused(cloud: Cloud) -> None:
    lambda_ = cloud.client("lambda")
    name = _published(lambda_, cloud)

    for number in ("1", "7"):
        with pytest.raises(ClientError):
            lambda_.update_alias(
                FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {number: 0.5}}
            )
    alias = lambda_.get_alias(FunctionName=name, Name="live")
    lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RevisionId=alias["RevisionId"])
    with pytest.raises(lambda_.exceptions.PreconditionFailedException):
        lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="1", RevisionId=alias["RevisionId"])


def test_a_version_and_its_alias_are_made_by_a_template_and_answer_asynchronous_calls(cloud: Cloud) -> None:
    lambda_, alias = cloud.client("lambda"), cloud.outputs["LiveConsumer"]

    assert lambda_.get_alias(FunctionName=cloud.outputs["Consumer"], Name="live")["FunctionVersion"] == "1"
    assert alias.endswith(":live")
    event = {"Records": [{"messageId": "1", "body": "by alias"}]}
    lambda_.invoke(FunctionName=alias, InvocationType="Event", Payload=json.dumps(event))
    assert eventually(lambda: consumed(cloud, "by alias"))


_VERSIONED = """
import os
def handler(event, context):
    return [context.function_version, os.environ["SETTING"]]
"""


def _published(lambda_: Any, cloud: Cloud) -> str:
    """A function with two versions, and an alias `live` of the first."""
    name = f"versioned-{time.monotonic_ns()}"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", _VERSIONED)
    role = lambda_.get_function(FunctionName=cloud.outputs["Echo"])["Configuration"]["Role"]
    lambda_.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"SETTING": "of version 1"}},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    lambda_.publish_version(FunctionName=name)
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"SETTING": "of version 2"}})
    assert eventually(lambda: settled(lambda_, name))
    lambda_.publish_version(FunctionName=name)
    return name


def _called(lambda_: Any, name: str, qualifier: str) -> tuple[str, str, str]:
    """The version that Lambda says it ran, and what the function says of itself."""
    answer = lambda_.invoke(FunctionName=name, Qualifier=qualifier)
    version, setting = json.loads(answer["Payload"].read())
    return answer["ExecutedVersion"], version, setting
