"""A queue with its dead-letter queue, and the function that works it off."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.nag import accept

_DEAD_LETTERS_KEPT = cdk.Duration.days(14)

_PATIENCE = 3
"""A message stays hidden for this many timeouts of its worker. AWS advises six, so that a throttled message is not
taken for a failed one. With six, a failed message would be tried again after a minute at the earliest, while a rider
waits. The number of attempts makes up for the smaller factor."""
_ATTEMPTS = 10


@dataclass(frozen=True)
class Batch:
    """How many messages an invocation gets at most, and how long they are gathered for it."""

    size: int
    window: cdk.Duration | None = None


ONE_BY_ONE, TEN = Batch(1), Batch(10)

FEW, SOME, MANY, ZONES = 2, 5, 10, 20
"""How many batches of a queue are worked on at once, at most: the maximum concurrency of its event source (ADR 141).

`FEW` for what nobody waits for, `SOME` for most, `MANY` for what riders and drivers wait for, and for what waits
itself; `ZONES` for ticks, which come one by one. Without it a single queue could take all functions of the account.
"""


class DeadLetterQueue(sqs.Queue):
    """A dead-letter queue: messages wait there for a person, as long as SQS keeps them."""

    def __init__(self, scope: Construct, construct_id: str, name: str) -> None:
        super().__init__(
            scope,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_DEAD_LETTERS_KEPT,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.name = name
        accept(self, "AwsSolutions-SQS3", "This is a dead-letter queue itself.")


class WorkQueue(Construct):
    """A queue whose messages are tried `attempts` times before they wait for a person."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, worker_timeout_s: int, attempts: int = _ATTEMPTS
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = name
        self.dead_letters = DeadLetterQueue(self, "DeadLetters", f"{name}-dead")
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=cdk.Duration.seconds(_PATIENCE * worker_timeout_s),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=attempts, queue=self.dead_letters),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def worked_by(self, function: lambda_.IFunction, batch: Batch = TEN, *, concurrency: int = SOME) -> None:
        """Feed the function; it reports the messages of a batch that failed one by one."""
        function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=batch.size,
                max_batching_window=batch.window,
                report_batch_item_failures=True,
                max_concurrency=concurrency,
            )
        )
