"""AWS in this process: bus, queues, state machines, tables and objects, whose calls are steps and may fail.

Delivery is at least once. An event goes to each of its consumers as a message of its own, which may come twice, late,
and after later ones; a message whose function failed comes again, and after ten attempts it waits for an operator.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from simulation.aws_in_process import Json, ObjectsAndItems
from simulation.faults.injection import Injection
from simulation.faults.scheduler import ActorKilledError, Scheduler

if TYPE_CHECKING:
    from simulation.faults.sagas import Sagas


class AwsUnreachableError(Exception):
    """AWS did not answer; it is not known whether the call took effect."""


class _Known(Exception):  # noqa: N818 - these stand for botocore's own
    """Base of the errors that clients have as `exceptions`."""


class ExecutionAlreadyExists(_Known): ...


class ExecutionDoesNotExist(_Known): ...


class TaskTimedOut(_Known): ...


class InvalidToken(_Known): ...


class TaskDoesNotExist(_Known): ...


class ConditionalCheckFailedException(_Known): ...


class Cloud(ObjectsAndItems):
    """Every AWS client of a run."""

    exceptions = SimpleNamespace(
        ExecutionAlreadyExists=ExecutionAlreadyExists,
        ExecutionDoesNotExist=ExecutionDoesNotExist,
        TaskTimedOut=TaskTimedOut,
        InvalidToken=InvalidToken,
        TaskDoesNotExist=TaskDoesNotExist,
        ConditionalCheckFailedException=ConditionalCheckFailedException,
    )

    def __init__(self, scheduler: Scheduler, injection: Injection, secret: Json) -> None:
        super().__init__(json.dumps(secret))
        self._scheduler, self._injection = scheduler, injection
        self.deliver: Callable[[Json], None] = lambda _: None
        self.enqueue: Callable[[str, Json, float], None] = lambda _queue, _body, _delay: None
        self.sagas: Sagas | None = None
        self._guards: dict[str, Json] = {}

    # DynamoDB's table of guards.

    def get_item(self, *, Key: Json, **_: Any) -> Json:  # noqa: N803 - boto3's names
        known = self._guards.get(Key["id"]["S"])
        return {} if known is None else {"Item": known}

    def put_item(self, *, TableName: str, Item: Json, **asked: Any) -> Json:  # noqa: N803
        """A sweep's position, if it follows the one that is there; or an item of another table."""
        if "id" not in Item:
            return super().put_item(TableName=TableName, Item=Item)
        known, values = self._guards.get(Item["id"]["S"]), asked["ExpressionAttributeValues"]
        if known and known["version"] != values[":before"] and known["position"] != values[":written"]:
            raise ConditionalCheckFailedException
        self._guards[Item["id"]["S"]] = Item
        return {}

    # EventBridge and SQS.

    def put_events(self, Entries: list[Json]) -> Json:  # noqa: N803 - boto3's names
        def publish() -> Json:
            for entry in Entries:
                self.deliver(entry)
            return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}

        return self._called("publish", ",".join(entry["DetailType"] for entry in Entries), publish)

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> Json:  # noqa: N803
        self.enqueue(QueueUrl, json.loads(MessageBody), DelaySeconds)
        return {"MessageId": "1"}

    # Step Functions.

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Json:  # noqa: A002, N803
        machine = stateMachineArn.rpartition(":")[2]
        document = json.loads(input)

        def twice() -> None:
            """A second execution does the same work beside the first, as after a redrive by hand."""
            self._sagas.start(machine, f"{name}-twice", document)

        return self._called("start", machine, lambda: self._sagas.start(machine, name, document), twice)

    def describe_execution(self, *, executionArn: str) -> Json:  # noqa: N803
        return {"status": self._sagas.status(*executionArn.split(":")[-2:])}

    def send_task_success(self, *, taskToken: str, output: str) -> Json:  # noqa: N803
        return self._called("states", "answer", lambda: self._sagas.answer(taskToken, json.loads(output)))

    # Secrets Manager, S3 and DynamoDB are calm, and so is the WebSocket API.

    def post_to_connection(self, **_: Any) -> Json:
        return {}

    @property
    def _sagas(self) -> Sagas:
        assert self.sagas is not None
        return self.sagas

    def _called(self, what: str, name: str, call: Callable[[], Json], twice: Callable[[], None] | None = None) -> Json:
        """Make the call as a step that may fail before it or after it."""
        self._scheduler.hand_over(f"{what} {name}")
        kind = self._injection.strikes(what, name)
        if kind == "killed_before":
            raise ActorKilledError
        if kind == "lost_before":
            raise AwsUnreachableError(f"{name} was not sent")
        answer = call()
        if kind == "killed_after":
            raise ActorKilledError
        if kind == "lost_after":
            raise AwsUnreachableError(f"{name} was not answered")
        if kind == "started_twice" and twice is not None:
            twice()
        return answer
