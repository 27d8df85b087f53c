"""A consumer of domain events owns its subscription: rule, queue, dead-letter queue, function."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.constructs.function import OperationFunction
from infra.constructs.queue import SOME, TEN, Batch, WorkQueue


@dataclass(frozen=True)
class Subscription:
    """The events that a consumer receives: EventBridge's `source` and `detail-type`."""

    source: list[str]
    types: list[str] | None


def events_of(context: str, *types: str) -> Subscription:
    """Events of one context, such as `events_of("trips", "TripCompleted", "TripCancelled")`."""
    return Subscription([f"rideflow.{context}"], list(types))


def every_event() -> Subscription:
    """Every event of every context."""
    return Subscription(events.Match.prefix("rideflow."), None)


class EventConsumer(Construct):
    """Events of these types go from the bus into the queue, and from there in batches into the function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.IEventBus,
        of: Subscription,
        function: OperationFunction,
        timeout_s: int,
        batch: Batch = TEN,
        concurrency: int = SOME,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = function
        self.work = WorkQueue(self, "Work", name=function.name, worker_timeout_s=timeout_s)
        self.rule = events.Rule(
            self,
            "Rule",
            rule_name=function.name,
            event_bus=bus,
            event_pattern=events.EventPattern(source=of.source, detail_type=of.types),
            targets=[targets.SqsQueue(self.work.queue, dead_letter_queue=self.work.dead_letters)],
        )
        self.work.worked_by(function.alias, batch, concurrency=concurrency)
