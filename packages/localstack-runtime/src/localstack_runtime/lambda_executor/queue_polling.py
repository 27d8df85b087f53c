"""Feeds functions from SQS queues as soon as there is a message, several batches in parallel.

LocalStack polls every queue over HTTP a few times a second, which delays each message and costs CPU while the queues
are empty. It also gives a function one batch at a time.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from localstack import config
from localstack.services.lambda_.event_source_mapping import esm_worker
from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller, split_by_message_group_id
from localstack.services.sqs.models import SqsQueue, sqs_stores
from localstack.utils.aws.arns import parse_arn

LOG = logging.getLogger(__name__)
# The time to wait at an empty queue before checking whether the mapping is still active.
WAIT_S = 1.0
BATCHES_AT_ONCE = 5


class Batches:
    """Processes one poller's batches beside each other, as many at once as the mapping allows."""

    def __init__(self, poller: SqsPoller) -> None:
        scaling = (poller.source_parameters or {}).get("ScalingConfig") or {}
        limit = 1 if poller.is_fifo_queue else int(scaling.get("MaximumConcurrency", BATCHES_AT_ONCE))
        self._slots = threading.Semaphore(limit)
        self._workers = ThreadPoolExecutor(limit, thread_name_prefix="queue-batch")
        self._poller = poller

    def submit(self, messages: list[Any]) -> None:
        """Process a batch; waits while all slots are taken, so that no message ages in between."""
        self._workers.submit(self._run, messages)

    def wait_for_slot(self) -> None:
        """Wait for a slot before messages are received: their visibility timeout runs from that moment."""
        self._slots.acquire()

    def release_slot(self) -> None:
        """Release a slot after its batch, or if no message came."""
        self._slots.release()

    def _run(self, messages: list[Any]) -> None:
        fifo = self._poller.is_fifo_queue
        try:
            for group in split_by_message_group_id(messages).values() if fifo else [messages]:
                self._poller.handle_messages(group)
        except Exception as error:  # the messages become visible again, and are received again
            LOG.warning("batch of %s: %s", self._poller.source_arn, error)
        finally:
            self.release_slot()


def wait_for_message(queue: SqsQueue, timeout_s: float) -> bool:
    """Whether a message can be received before the time is up."""
    visible = getattr(queue, "visible", None)
    if visible is None:  # a FIFO queue stores its messages by group
        return _wait_for_group(queue, timeout_s)
    with visible.not_empty:
        return bool(visible.not_empty.wait_for(lambda: visible._qsize() > 0, timeout_s))


def _wait_for_group(queue: Any, timeout_s: float) -> bool:
    groups = queue.message_group_queue
    with groups.not_empty:
        return bool(groups.not_empty.wait_for(lambda: groups._qsize() > 0, timeout_s))


def _poll_events(poller: SqsPoller) -> None:
    queue = _queue(poller.source_arn)
    if queue is None:
        threading.Event().wait(WAIT_S)
        return
    if not wait_for_message(queue, WAIT_S):
        return
    batches = poller.__dict__.get("held_batches") or Batches(poller)
    poller.held_batches = batches
    batches.wait_for_slot()
    messages = _receive(poller)
    if messages:
        batches.submit(messages)
    else:
        batches.release_slot()


def _receive(poller: SqsPoller) -> list[Any]:
    answer = poller.source_client.receive_message(
        QueueUrl=poller.queue_url,
        MaxNumberOfMessages=min(poller.batch_size, 10),
        WaitTimeSeconds=min(poller.maximum_batching_window, 20),
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
        sqs_override_max_message_count=poller.batch_size,
        sqs_override_wait_time_seconds=poller.maximum_batching_window,
    )
    return list(answer.get("Messages", []))


def _queue(arn: str) -> SqsQueue | None:
    place = parse_arn(arn)
    return sqs_stores[place["account"]][place["region"]].queues.get(place["resource"])


def install() -> None:
    """Replace LocalStack's polling, and leave out its metrics of every message."""
    SqsPoller.poll_events = _poll_events
    esm_worker.LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC = 0
    config.SQS_DISABLE_CLOUDWATCH_METRICS = True
    # Queue URLs that can be used from a shell: the standard ones name a host that no resolver knows.
    config.SQS_ENDPOINT_STRATEGY = "path"
