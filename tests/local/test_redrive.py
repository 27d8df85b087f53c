"""`rideflow redrive` on a real LocalStack: SQS's queues and moves, a schedule, and functions that work queues off."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from local import redriving
from local.cli import app
from local.cloud import Cloud
from local.commands import stages
from local.dead_letters import DeadLetterQueue, DeadLetters, UnknownQueueError
from local.emulators import local_client, start_localstack
from local.paths import StackFolder
from local.processes import free_ports
from tests.eventually import eventually

_numbers = count(1)

FUNCTION = """
import json

def handler(event, context):
    failed = []
    for record in event.get("Records", []):
        if FAILS:
            told = {"level": "ERROR", "request_id": record["messageId"], "exception_name": "KeyError"}
            print(json.dumps({**told, "exception": "ada@example.com"}))
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            print("handled", record["body"])
    if "Records" not in event and FAILS:
        raise RuntimeError("no store")
    return {"batchItemFailures": failed}
"""
EVENT = {
    "detail-type": "TripCompleted",
    "detail": {"event_id": "e-1", "trip_id": "t-1", "name": "Ada Lovelace", "email": "ada@example.com", "id": "a b"},
}


@dataclass
class Record:
    """The part of the stack's record that the command reads."""

    endpoint_url: str
    stage: str


@dataclass
class Aws:
    """One test's stage on the LocalStack of this file: its names are nobody else's."""

    url: str
    functions_logs: Path
    stage: str = field(default_factory=lambda: f"test{next(_numbers)}")

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.stage, self.client)

    def client(self, service: str) -> Any:
        return local_client(service, self.url)

    def name(self, short: str) -> str:
        return f"rideflow-{self.stage}-{short}"

    def queue(self, short: str, **attributes: str) -> str:
        url: str = self.client("sqs").create_queue(QueueName=self.name(short), Attributes=attributes)["QueueUrl"]
        return url

    def arn(self, url: str) -> str:
        told = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(told["Attributes"]["QueueArn"])

    def work_queue(self, short: str, attempts: int = 1) -> tuple[str, str]:
        """A queue with its dead-letter queue: their URLs."""
        dead = self.queue(f"{short}-dead")
        policy = json.dumps({"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": attempts})
        return self.queue(short, RedrivePolicy=policy, VisibilityTimeout="1"), dead

    def send(self, url: str, *bodies: str, **attributes: Any) -> None:
        for body in bodies:
            self.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)

    def bodies(self, url: str) -> list[str]:
        """The messages of a queue, sorted. They are hidden afterwards."""
        found: list[str] = []
        while (
            messages := self.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)
            .get("Messages")
        ):
            found += [message["Body"] for message in messages]
        return sorted(found)

    def waiting(self, url: str) -> int:
        asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
        return sum(int(number) for number in told.values())

    def function(self, short: str, *, fails: bool) -> str:
        made = self.client("lambda").create_function(
            FunctionName=self.name(short),
            Runtime="python3.13",
            Role=self.role(short),
            Handler="code.handler",
            Code={"ZipFile": archive(fails=fails)},
        )
        self.client("lambda").get_waiter("function_active_v2").wait(
            FunctionName=self.name(short), WaiterConfig={"Delay": 1}
        )
        return str(made["FunctionArn"])

    def role(self, short: str) -> str:
        """A role that Lambda may take on; what it allows is not what this file is about."""
        trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        client, name = self.client("iam"), self.name(short)
        made = client.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        )
        allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        client.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(allowed))
        return str(made["Role"]["Arn"])

    def mend(self, short: str) -> None:
        client = self.client("lambda")
        client.update_function_code(FunctionName=self.name(short), ZipFile=archive(fails=False))
        client.get_waiter("function_updated_v2").wait(FunctionName=self.name(short), WaiterConfig={"Delay": 1})

    def schedule(self, short: str, target: str) -> str:
        """A schedule with its dead-letter queue, whose URL is returned. It does not run by itself."""
        self.client("scheduler").create_schedule(
            Name=self.name(short),
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            State="DISABLED",
            Target={"Arn": target, "RoleArn": "arn:aws:iam::000000000000:role/test"},
        )
        return self.queue(f"{short}-dead")

    def log(self, short: str) -> str:
        file = self.functions_logs / f"{self.name(short)}.log"
        return file.read_text() if file.exists() else ""


def archive(*, fails: bool) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("code.py", f"FAILS = {fails}\n{FUNCTION}")
    return content.getvalue()


@pytest.fixture(scope="module")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """LocalStack without the product."""
    folder = StackFolder(tmp_path_factory.mktemp("localstack") / "state")
    folder.prepare()
    nobody = "127.0.0.1:9"
    running = start_localstack(folder, free_ports(1)[0], postgres=nobody, redis=nobody, cognito_url=f"http://{nobody}")
    try:
        yield running.url, folder.function_logs
    finally:
        running.stop()


@pytest.fixture
def aws(localstack: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws(*localstack)
    monkeypatch.setattr(stages, "running_stack", lambda: Record(aws.url, aws.stage))
    return aws


def redrive(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["redrive", *arguments])


def test_every_dead_letter_queue_is_listed_with_what_waits_in_it(aws: Aws) -> None:
    _, dead = aws.work_queue("trips-on_trip_rated")
    aws.work_queue("dispatch-ticks")
    aws.schedule("kernel-sweep_outbox", aws.function("kernel-sweep_outbox", fails=False))
    aws.queue("no-dead-letters-here")
    aws.send(dead, "{}", "{}")
    said = redrive()
    rows = {line.split("  ")[0]: " ".join(line.split()) for line in said.stdout.splitlines()[1:4]}
    assert rows.keys() == {"trips-on_trip_rated", "dispatch-ticks", "kernel-sweep_outbox"}
    assert re.fullmatch(r"trips-on_trip_rated 2 \d s its queue", rows["trips-on_trip_rated"])
    assert rows["dispatch-ticks"] == "dispatch-ticks 0 its queue"
    assert rows["kernel-sweep_outbox"] == "kernel-sweep_outbox 0 nowhere: a schedule's runs"
    assert "2 messages wait" in said.stdout
    assert aws.bodies(dead) == ["{}", "{}"]


def test_names_and_ids_are_whole_in_a_file_or_a_pipe(aws: Aws) -> None:
    """They are copied from there."""
    name = "locations-on_driver_reached_the_destination_of_the_day"
    _, dead = aws.work_queue(name)
    ids = {f"{each}_id": "01a22f84-1907-7eb4-9065-6e00abf5dc52" for each in ("event", "trip", "rider", "driver")}
    aws.send(dead, json.dumps({"detail-type": "DriverReachedTheDestinationOfTheDay", "detail": ids}))

    assert name in {line.split(" ")[0] for line in redrive().stdout.splitlines()}
    _, shown, _ = redrive(name, "--show").stdout.splitlines()
    assert re.fullmatch(r"[0-9a-f-]{36}", shown.split(" ")[0])
    assert " ".join(f"{each}={value}" for each, value in ids.items()) in shown


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--show"], "A QUEUE is missing: --show would have no effect."),
        (["--limit", "1"], "A QUEUE is missing: --limit would have no effect."),
        (["--rate", "50", "--yes"], "A QUEUE is missing: --rate and --yes would have no effect."),
        (["a-b", "--list"], "--list lists all queues and redrives nothing: a QUEUE would have no effect."),
        (["--list", "--show"], "--list lists all queues and redrives nothing: --show would have no effect."),
        (["a-b", "--show", "--limit", "1"], "--show redrives nothing: --limit would have no effect."),
    ],
    ids=" ".join,
)
def test_an_option_that_would_have_no_effect_is_refused(aws: Aws, arguments: list[str], why: str) -> None:
    queue, dead = aws.work_queue("a-b")
    aws.send(dead, "a")
    said = redrive(*arguments)
    assert (said.exit_code, said.stdout) == (1, "")
    assert why in said.stderr
    assert (aws.bodies(queue), aws.bodies(dead)) == ([], ["a"])


def test_runs_of_a_schedule_are_not_sent_back_so_they_cannot_be_limited(aws: Aws) -> None:
    dead = aws.schedule("kernel-sweep_outbox", aws.function("kernel-sweep_outbox", fails=False))
    aws.send(dead, "{}", "{}")
    said = redrive("kernel-sweep_outbox", "--limit", "1")
    assert said.exit_code == 1
    assert "missed runs of a schedule, which are not sent back: --limit would have no effect." in said.stderr
    assert aws.waiting(dead) == 2


def test_a_stage_s_queues_are_its_own(aws: Aws) -> None:
    aws.work_queue("ours")
    other = Aws(aws.url, aws.functions_logs, stage=f"{aws.stage[0]}other")
    other.work_queue("theirs")
    assert [queue.name for queue in DeadLetters(aws.cloud).all()] == [aws.name("ours-dead")]


def test_messages_are_shown_by_their_ids_and_nothing_that_tells_of_people(aws: Aws) -> None:
    _, dead = aws.work_queue("trips-on_trip_rated")
    aws.send(dead, json.dumps(EVENT))
    aws.send(dead, "no json", ERROR_CODE={"DataType": "String", "StringValue": "NO_PERMISSIONS"})
    said = redrive("trips-on_trip_rated", "--show")
    assert said.exit_code == 0
    assert "TripCompleted" in said.stdout
    assert "event_id=e-1 trip_id=t-1" in said.stdout
    assert "NO_PERMISSIONS" in said.stdout
    assert "a b" not in said.stdout
    assert "Ada" not in said.stdout
    assert "ada@example.com" not in said.stdout
    assert len(aws.bodies(dead)) == 2


def test_a_message_whose_function_was_mended_goes_through(aws: Aws) -> None:
    queue, dead = aws.work_queue("trips-on_trip_rated")
    function = aws.function("trips-on_trip_rated", fails=True)
    aws.client("lambda").create_event_source_mapping(
        FunctionName=function,
        EventSourceArn=aws.arn(queue),
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    aws.send(queue, json.dumps(EVENT))
    eventually(lambda: aws.waiting(dead) == 1, deadline_s=60)
    shown = eventually(
        lambda: (said := redrive("trips-on_trip_rated", "--show").stdout) and "KeyError" in said and said
    )
    assert "ada@example.com" not in str(shown)

    aws.mend("trips-on_trip_rated")
    said = redrive("trips-on_trip_rated")

    assert said.exit_code == 0, said.output
    assert "1 message sent back" in said.stdout
    eventually(lambda: "handled" in aws.log("trips-on_trip_rated"), deadline_s=60)
    eventually(lambda: aws.waiting(queue) == aws.waiting(dead) == 0, deadline_s=60)


def test_sqs_moves_every_message(aws: Aws) -> None:
    queue, dead = aws.work_queue("dispatch-ticks")
    aws.send(dead, *"abcdefghijkl")
    for _ in range(2):  # the second time there is an older move, which must not be taken for the new one
        said = redrive("dispatch-ticks")
        assert "12 messages sent back" in said.stdout
        assert aws.bodies(queue) == list("abcdefghijkl")
        aws.send(dead, *"abcdefghijkl")


def test_no_more_than_the_limit_is_sent_back(aws: Aws) -> None:
    queue, dead = aws.work_queue("dispatch-ticks")
    aws.send(dead, *"abcdefghijklmn", ERROR_CODE={"DataType": "String", "StringValue": "SDK_CLIENT_ERROR"})
    said = redrive("dispatch-ticks", "--limit", "12", "--rate", "500")
    assert "12 messages sent back" in said.stdout
    assert sorted(aws.bodies(queue) + aws.bodies(dead)) == list("abcdefghijklmn")
    assert aws.waiting(queue) == 12


def test_attributes_of_a_message_go_with_it(aws: Aws) -> None:
    queue, dead = aws.work_queue("dispatch-ticks")
    aws.send(dead, "a", ERROR_CODE={"DataType": "String", "StringValue": "SDK_CLIENT_ERROR"})
    redrive("dispatch-ticks", "--limit", "1")
    (message,) = aws.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"


class Dying:
    """SQS's client in a command that dies at one of its calls."""

    def __init__(self, sqs: Any, dies_at: int) -> None:
        self._sqs, self._left = sqs, dies_at

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                raise KeyboardInterrupt
            return getattr(self._sqs, operation)(**parameters)

        return call


@pytest.mark.parametrize("dies_at", range(6))
def test_nothing_is_lost_whenever_the_command_dies(aws: Aws, dies_at: int) -> None:
    queue, dead = aws.work_queue("dispatch-ticks")
    aws.send(dead, "a", "b")
    found = DeadLetters(aws.cloud).named("dispatch-ticks")
    dying = Cloud(aws.stage, lambda _: Dying(aws.client("sqs"), dies_at))
    with pytest.raises(KeyboardInterrupt):
        redriving.move_some(dying, found, limit=10, rate=500, told=lambda _: None)
    hidden = aws.waiting(dead)
    assert aws.waiting(queue) + hidden >= 2
    assert aws.waiting(queue) <= 2


def test_a_missed_run_is_made_up_for_by_one_run(aws: Aws) -> None:
    dead = aws.schedule("kernel-sweep_outbox", aws.function("kernel-sweep_outbox", fails=False))
    aws.send(dead, *["{}"] * 12)
    said = redrive("kernel-sweep_outbox")
    assert said.exit_code == 0, said.output
    assert "need no redrive" in said.stdout
    assert "12 messages deleted" in said.stdout
    assert aws.waiting(dead) == 0
    assert aws.log("kernel-sweep_outbox").count("START RequestId") == 1


def test_letters_of_a_schedule_stay_if_its_function_still_fails(aws: Aws) -> None:
    dead = aws.schedule("kernel-sweep_outbox", aws.function("kernel-sweep_outbox", fails=True))
    aws.send(dead, "{}")
    said = redrive("kernel-sweep_outbox")
    assert said.exit_code == 1
    assert "failed: RuntimeError" in said.stderr
    assert aws.waiting(dead) == 1


def test_a_queue_that_nobody_knows_is_refused_with_names_like_it(aws: Aws) -> None:
    aws.work_queue("payments-on_trip_ended")
    aws.work_queue("dispatch-on_trip_ended")
    said = redrive("payments-on_trip_end")
    assert said.exit_code == 1
    assert "no dead-letter queue payments-on_trip_end. Did you mean payments-on_trip_ended" in said.stderr
    assert f"redrive --stage {aws.stage}` lists them." in said.stderr
    with pytest.raises(UnknownQueueError, match=r"no dead-letter queue elephants\.$"):
        DeadLetters(aws.cloud).named("elephants")


@pytest.mark.parametrize("name", ["a-b", "a-b-dead", "{prefix}a-b", "{prefix}a-b-dead"])
def test_a_queue_may_be_named_in_short_and_in_full(aws: Aws, name: str) -> None:
    aws.work_queue("a-b")
    assert DeadLetters(aws.cloud).named(name.format(prefix=aws.cloud.prefix)).name == aws.name("a-b-dead")


def test_messages_of_a_queue_without_a_source_stay_where_they_are(aws: Aws) -> None:
    dead = aws.queue("lost-dead")
    aws.send(dead, "a")
    said = redrive("lost")
    assert (said.exit_code, "belongs to no queue and no schedule" in said.stderr) == (1, True)
    assert aws.bodies(dead) == ["a"]


def test_an_empty_queue_is_left_alone(aws: Aws) -> None:
    aws.work_queue("a-b")
    for asked in (redrive("a-b"), redrive("a-b", "--show")):
        assert (asked.exit_code, asked.stdout) == (0, f"{aws.name('a-b')}-dead is empty.\n")


def test_one_message_is_told_of_as_one(aws: Aws) -> None:
    _, dead = aws.work_queue("a-b")
    aws.send(dead, "a")
    assert "\n1 message waits. " in redrive().stdout
    assert f"\n1 of 1 message of {aws.name('a-b')}-dead.\n" in redrive("a-b", "--show").stdout
    assert "\n1 message sent back.\n" in redrive("a-b").stdout


def test_a_move_that_sqs_refuses_or_ends_is_told(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    _, dead = aws.work_queue("a-b")
    aws.send(dead, "a")
    monkeypatch.setattr(
        redriving, "_moves", lambda *_: [{"Status": "FAILED", "FailureReason": "AccessDenied", "StartedTimestamp": 1}]
    )
    monkeypatch.setattr(redriving, "_wait_for_news", lambda *_: None)
    said = redrive("a-b")
    assert (said.exit_code, "FAILED AccessDenied" in said.stderr) == (1, True)


def test_a_refusal_of_aws_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def get_paginator(self, operation: str) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    monkeypatch.setattr(stages, "running_stack", lambda: Record("", "local"))
    monkeypatch.setattr("local.emulators.local_client", lambda *_: Refusing())
    said = redrive()
    assert (said.exit_code, "AWS refused" in said.stderr) == (1, True)


def test_a_queue_is_described_by_its_own_messages(aws: Aws) -> None:
    _, dead = aws.work_queue("a-b")
    aws.send(dead, "a")
    found = DeadLetters(aws.cloud).named("a-b")
    assert isinstance(found, DeadLetterQueue)
    assert (found.url, found.waiting) == (dead, 1)
