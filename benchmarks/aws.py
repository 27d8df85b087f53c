"""Doubles of AWS clients in process: the time of bus, queues and tables belongs neither to handlers nor to stores."""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

from simulation.aws_in_process import Json, ObjectsAndItems

MATCH, SETTLE = "match", "settle"
"""The state machines that may be started."""


class AnswersInPlace:
    """Any AWS client: takes every event and message, and knows of no open connection."""

    def put_events(self, Entries: list[Json]) -> Json:  # noqa: N803 - boto3's names
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(number)} for number in range(len(Entries))]}

    def query(self, **_: Any) -> Json:
        return {"Items": []}

    def send_message(self, **_: Any) -> Json:
        return {"MessageId": "1"}


class Message(NamedTuple):
    """A message in a queue; it may be taken from the time `due` on."""

    due: float
    number: int
    queue: str
    body: Json


class CloudInPlace(ObjectsAndItems):
    """Any AWS client of one process: it keeps what is sent until somebody takes it."""

    exceptions = SimpleNamespace(ConditionalCheckFailedException=LookupError)

    def __init__(self, stripe_secret: Json) -> None:
        super().__init__(json.dumps(stripe_secret))
        self._sent = 0
        self._events: list[Json] = []
        self._messages: list[Message] = []
        self._executions: list[tuple[str, Json]] = []
        self._frames: dict[str, list[Json]] = {}

    def take_events(self) -> list[Json]:
        """Take the events that were put on the bus."""
        taken, self._events = self._events, []
        return taken

    def take_messages(self) -> list[Message]:
        """Take the due messages of all queues."""
        taken = []
        while self._messages and self._messages[0].due <= time.monotonic():
            taken.append(heapq.heappop(self._messages))
        return taken

    def take_executions(self) -> list[tuple[str, Json]]:
        """Take the started state machines, with their inputs."""
        taken, self._executions = self._executions, []
        return taken

    def take_frames(self, connection_id: str) -> list[Json]:
        """Take the frames that were pushed to a WebSocket connection."""
        return self._frames.pop(connection_id, [])

    def put_events(self, Entries: list[Json]) -> Json:  # noqa: N803
        self._events += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}

    def send_message(self, *, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> Json:  # noqa: N803
        self._sent += 1
        due = time.monotonic() + DelaySeconds
        heapq.heappush(self._messages, Message(due, self._sent, QueueUrl, json.loads(MessageBody)))
        return {"MessageId": str(self._sent)}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> Json:  # noqa: A002, N803
        self._executions.append((stateMachineArn, json.loads(input)))
        return {"executionArn": name}

    def send_task_success(self, **_: Any) -> Json:
        return {}

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> Json:  # noqa: N803
        self._frames.setdefault(ConnectionId, []).append(json.loads(Data))
        return {}


@contextmanager
def answered_in_place(cloud: AnswersInPlace | CloudInPlace) -> Iterator[None]:
    """Inside the block every new client is this one."""
    import boto3

    def client(*_: Any, **__: Any) -> AnswersInPlace | CloudInPlace:
        return cloud

    real, boto3.client = boto3.client, client
    try:
        yield
    finally:
        boto3.client = real
