"""Dead-letter queues of a stage: where their messages come from, how many wait, and why they failed.

A consumer's queue and a queue of a context's own (`infra/constructs/queue.py`) move a message to the dead-letter queue
after its last attempt; EventBridge puts an event there that it cannot deliver to the queue. Neither changes the body,
so both kinds go back to the same queue. EventBridge Scheduler and Lambda put runs of a schedule there that could not be
started, or failed (`infra/constructs/schedule.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from local.cloud import Cloud, CloudError

DEAD = "-dead"
_BATCH = 10
"""The most messages that SQS hands out at once."""
_LOOKED_AT_S = 30
"""Messages that are looked at are hidden for this long, if the command dies before it shows them again."""
_LOG_LINES = 50
_ERROR_CODES = ("ERROR_CODE", "ErrorCode")
"""Message attributes of EventBridge and its Scheduler, and of Lambda."""
_ID = re.compile(r"[\w.:-]{1,64}")
_CLASS = re.compile(r"\w{1,80}")


class UnknownQueueError(CloudError):
    """The stage has no dead-letter queue of this name."""


@dataclass(frozen=True)
class WorkQueue:
    """The queue that the messages come from."""

    name: str
    url: str
    arn: str


@dataclass(frozen=True)
class Schedule:
    """The schedule whose runs the messages are. `target` is the ARN that it invokes."""

    name: str
    target: str


@dataclass(frozen=True)
class DeadLetterQueue:
    """`name` is the queue's whole name; `waiting` counts its messages, also those that somebody looks at now."""

    name: str
    url: str
    arn: str
    waiting: int
    source: WorkQueue | Schedule | None


@dataclass(frozen=True)
class Letter:
    """One message, without what it tells of people: its ids alone.

    `sent_at` is the time at which it was first sent: its retention of 14 days runs from there.
    """

    message_id: str
    kind: str
    ids: dict[str, str]
    sent_at: datetime
    error: str | None


class DeadLetters:
    """The dead-letter queues of one stage."""

    def __init__(self, cloud: Cloud) -> None:
        self.stage = cloud.stage
        self._cloud = cloud
        self._sqs = cloud.client("sqs")

    def all(self) -> list[DeadLetterQueue]:
        """All of the stage's, by name."""
        return [self._described(name, url) for name, url in sorted(self._urls().items())]

    def named(self, name: str) -> DeadLetterQueue:
        """By its name, with or without the stage's prefix and `-dead`. Raises `UnknownQueueError`."""
        urls, prefix = self._urls(), self._cloud.prefix
        wanted = prefix + name.removeprefix(prefix).removesuffix(DEAD) + DEAD
        if wanted in urls:
            return self._described(wanted, urls[wanted])
        known = [each.removeprefix(prefix).removesuffix(DEAD) for each in urls]
        raise UnknownQueueError(f"The stage {self.stage} has no dead-letter queue {name}.{_meant(name, known)}")

    def peek(self, queue: DeadLetterQueue, limit: int = _BATCH) -> list[Letter]:
        """Up to `limit` of its messages, the oldest first. They stay where they are."""
        seen: dict[str, dict[str, Any]] = {}
        try:
            for message in self.receive(queue, limit, _LOOKED_AT_S):
                seen[message["MessageId"]] = message
        finally:
            self._show_again(queue.url, list(seen.values()))
        letters = [self._read(message) for message in seen.values()]
        return sorted(letters, key=lambda letter: letter.sent_at)

    def receive(self, queue: DeadLetterQueue, limit: int, hidden_s: int) -> Iterator[dict[str, Any]]:
        """Up to `limit` of its messages as SQS hands them out, each batch when the one before was taken.

        They are hidden for `hidden_s` seconds, and appear again unless they are deleted.
        """
        taken = 0
        while taken < limit:
            answer = self._sqs.receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=min(_BATCH, limit - taken),
                VisibilityTimeout=hidden_s,
                WaitTimeSeconds=1,  # asks all of SQS's servers: a shorter wait may miss messages
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
            if not (messages := answer.get("Messages", [])):
                return
            yield from messages
            taken += len(messages)

    def first_error(self, queue: DeadLetterQueue, letter: Letter) -> str | None:
        """The first error that the queue's function logged about the message: the name of its class."""
        if letter.error or not isinstance(queue.source, WorkQueue):
            return letter.error
        for function in self._functions(queue.source.arn):
            for line in self._log_of(function, letter):
                name = line.get("exception_name")
                if line.get("level") in {"WARNING", "ERROR"} and isinstance(name, str) and _CLASS.fullmatch(name):
                    return name
        return None

    def _urls(self) -> dict[str, str]:
        pages = self._sqs.get_paginator("list_queues").paginate(QueueNamePrefix=self._cloud.prefix)
        urls = [url for page in pages for url in page.get("QueueUrls", [])]
        named = {url.rpartition("/")[2]: url for url in urls}
        return {name: url for name, url in named.items() if name.endswith(DEAD)}

    def _described(self, name: str, url: str) -> DeadLetterQueue:
        asked = ["QueueArn", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
        waiting = sum(int(told[number]) for number in asked[1:])
        return DeadLetterQueue(name, url, told["QueueArn"], waiting, self._source(name, url))

    def _source(self, name: str, url: str) -> WorkQueue | Schedule | None:
        sources = self._sqs.list_dead_letter_source_queues(QueueUrl=url)["queueUrls"]
        if sources:
            (source,) = sources
            told = self._sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])
            return WorkQueue(source.rpartition("/")[2], source, told["Attributes"]["QueueArn"])
        return self._schedule(name.removesuffix(DEAD))

    def _schedule(self, name: str) -> Schedule | None:
        scheduler = self._cloud.client("scheduler")
        try:
            return Schedule(name, scheduler.get_schedule(Name=name)["Target"]["Arn"])
        except scheduler.exceptions.ResourceNotFoundException:
            return None

    def _show_again(self, url: str, messages: list[dict[str, Any]]) -> None:
        for first in range(0, len(messages), _BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                for number, message in enumerate(messages[first : first + _BATCH])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)

    def _read(self, message: dict[str, Any]) -> Letter:
        attributes = message.get("MessageAttributes", {})
        error = next((attributes[name]["StringValue"] for name in _ERROR_CODES if name in attributes), None)
        sent_at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        kind, ids = _outline(message["Body"])
        return Letter(message["MessageId"], kind, ids, sent_at, error)

    def _functions(self, queue_arn: str) -> list[str]:
        """The names of the functions that work the queue off. A mapping may name a version or an alias behind it."""
        mappings = self._cloud.client("lambda").list_event_source_mappings(EventSourceArn=queue_arn)
        return [mapping["FunctionArn"].split(":")[6] for mapping in mappings["EventSourceMappings"]]

    def _log_of(self, function: str, letter: Letter) -> Iterator[dict[str, Any]]:
        """Lines of the function's log about the message, the oldest first."""
        logs = self._cloud.client("logs")
        try:
            found = logs.filter_log_events(
                logGroupName=f"/aws/lambda/{function}",
                filterPattern=f'"{letter.message_id}"',
                startTime=int(letter.sent_at.timestamp() * 1000),
                limit=_LOG_LINES,
            )
        except logs.exceptions.ResourceNotFoundException:
            return
        for event in found["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line


def _outline(body: str) -> tuple[str, dict[str, str]]:
    """What kind of message it is, and the ids in it. Nothing else of a body is shown: it may tell of people."""
    try:
        message = json.loads(body)
    except ValueError:
        return "no JSON", {}
    if not isinstance(message, dict):
        return "no object", {}
    detail = message.get("detail")
    kind = message.get("detail-type")
    told = detail if isinstance(detail, dict) else message
    ids = {
        name: value
        for name, value in told.items()
        if (name in {"id", "zone"} or name.endswith("_id")) and isinstance(value, str) and _ID.fullmatch(value)
    }
    return kind if isinstance(kind, str) and _ID.fullmatch(kind) else "message", ids


def _meant(name: str, known: list[str]) -> str:
    """A hint at queues of a similar name, if there are any."""
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    close += [each for each in known if name in each and each not in close][:3]
    return f" Did you mean {' or '.join(close)}?" if close else ""
