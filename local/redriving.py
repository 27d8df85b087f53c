"""Sends dead letters back to where they came from. Nothing is lost however it ends; something may come twice.

Consumers and workers are idempotent, so a message that comes twice does no harm.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from local.cloud import Cloud, CloudError
from local.dead_letters import DeadLetterQueue, DeadLetters, Schedule, WorkQueue

type Told = Callable[[str], None]

_HIDDEN_S = 60
"""A message that is being sent back stays hidden for this long. If the command dies meanwhile, it appears again."""
_ASK_AGAIN_S = 1.0
_LISTED_WITHIN_S = 15.0
_GOING_ON = frozenset({"RUNNING", "CANCELLING"})


class RedriveError(CloudError):
    """Messages could not be sent back; they wait where they were."""


def move_all(cloud: Cloud, queue: DeadLetterQueue, *, rate: int, told: Told) -> int:
    """Let SQS move all messages to the source, at most `rate` a second. Returns how many it moved.

    SQS goes on if the command is interrupted; a repeat follows the move that is in progress. Raises `RedriveError`.
    """
    sqs, source = cloud.client("sqs"), _work_queue(queue)
    before = _moves(sqs, queue)
    if not _is_moving(before):
        sqs.start_message_move_task(SourceArn=queue.arn, DestinationArn=source.arn, MaxNumberOfMessagesPerSecond=rate)
        _wait_for_news(sqs, queue, before)
    while True:
        task = _moves(sqs, queue)[0]
        moved = int(task.get("ApproximateNumberOfMessagesMoved") or 0)
        told(f"{moved} of about {max(moved, queue.waiting)} moved")
        if not _is_moving([task]):
            break
        time.sleep(_ASK_AGAIN_S)
    if task["Status"] != "COMPLETED":
        raise RedriveError(f"SQS ended the move: {task['Status']} {task.get('FailureReason', '')}".rstrip() + ".")
    return moved


def move_some(cloud: Cloud, queue: DeadLetterQueue, *, limit: int, rate: int, told: Told) -> int:
    """Send up to `limit` messages to the source, at most `rate` a second. Returns how many were sent.

    A message is deleted here after SQS has confirmed its copy there.
    """
    sqs, source = cloud.client("sqs"), _work_queue(queue)
    moved = 0
    for message in DeadLetters(cloud).receive(queue, limit, _HIDDEN_S):
        began = time.monotonic()
        _send_back(sqs, queue, source, message)
        moved += 1
        told(f"{moved} of {min(limit, max(moved, queue.waiting))} moved")
        time.sleep(max(0.0, 1 / rate - (time.monotonic() - began)))
    return moved


def run_again(cloud: Cloud, queue: DeadLetterQueue, *, told: Told) -> int:
    """Run a schedule's function once, and delete the letters of the runs that it makes up for. Returns how many.

    Each run does the work of all that were missed. Letters stay if the function fails. Raises `RedriveError`.
    """
    if not isinstance(queue.source, Schedule):
        raise RedriveError(f"{queue.name} does not belong to a schedule.")
    letters = list(DeadLetters(cloud).receive(queue, queue.waiting, _HIDDEN_S))
    told(f"running {queue.source.name} once")
    answer = cloud.client("lambda").invoke(FunctionName=queue.source.target, Payload=b"{}")
    if answer.get("FunctionError"):
        kind = json.loads(answer["Payload"].read() or b"{}").get("errorType", answer["FunctionError"])
        raise RedriveError(f"{queue.source.name} failed: {kind}. Its letters wait for the next try.")
    for letter in letters:
        cloud.client("sqs").delete_message(QueueUrl=queue.url, ReceiptHandle=letter["ReceiptHandle"])
    return len(letters)


def _send_back(sqs: Any, queue: DeadLetterQueue, source: WorkQueue, message: dict[str, Any]) -> None:
    attributes = {
        name: {key: value for key, value in attribute.items() if key in {"DataType", "StringValue", "BinaryValue"}}
        for name, attribute in message.get("MessageAttributes", {}).items()
    }
    sqs.send_message(QueueUrl=source.url, MessageBody=message["Body"], MessageAttributes=attributes)
    sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])


def _moves(sqs: Any, queue: DeadLetterQueue) -> list[dict[str, Any]]:
    """SQS's moves out of the queue, the latest first."""
    return list(sqs.list_message_move_tasks(SourceArn=queue.arn, MaxResults=10).get("Results", []))


def _is_moving(moves: list[dict[str, Any]]) -> bool:
    return bool(moves) and moves[0]["Status"] in _GOING_ON


def _wait_for_news(sqs: Any, queue: DeadLetterQueue, before: list[dict[str, Any]]) -> None:
    """Wait until SQS lists the move that was started; an older one would be taken for it. Raises `RedriveError`."""
    deadline = time.monotonic() + _LISTED_WITHIN_S
    while len(moves := _moves(sqs, queue)) == len(before) and _started(moves) == _started(before):
        if time.monotonic() > deadline:
            raise RedriveError("SQS accepted the move and does not list it. Look again in a minute.")
        time.sleep(_ASK_AGAIN_S)


def _started(moves: list[dict[str, Any]]) -> object:
    return moves[0].get("StartedTimestamp") if moves else None


def _work_queue(queue: DeadLetterQueue) -> WorkQueue:
    if not isinstance(queue.source, WorkQueue):
        raise RedriveError(f"{queue.name} is the dead-letter queue of no queue: there is nowhere to send its messages.")
    return queue.source
