"""Sending: events to the bus, frames to people, messages to queues."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.capabilities.base import WildcardArn, variables
from infra.constructs.naming import resource_name
from infra.constructs.placement import Reach
from infra.stages import Stage
from rideflow.kernel import settings


@dataclass(frozen=True)
class Bus:
    """Publishing domain events."""

    bus: events.IEventBus

    reaches = (Reach.IPV6,)

    def environment(self) -> dict[str, str]:
        return variables(settings.BusSettings, name=self.bus.event_bus_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.bus.grant_put_events_to(function)


@dataclass(frozen=True)
class Realtime:
    """The connections of people, and pushing frames to them (which forgets connections found dead)."""

    table: dynamodb.ITableV2
    endpoint: str
    connections: WildcardArn
    """Every connection of the stage."""
    actions: Sequence[str] = ("Query", "DeleteItem")
    pushes: bool = True

    @property
    def reaches(self) -> Collection[Reach]:
        return (Reach.GATEWAY_ENDPOINTS, Reach.IPV6) if self.pushes else (Reach.GATEWAY_ENDPOINTS,)

    def admitting(self) -> Realtime:
        """Listing a connection, and closing those that are too many."""
        return Realtime(self.table, self.endpoint, self.connections, ("PutItem", *self.actions))

    def registering(self, *actions: str) -> Realtime:
        """The same without pushing: only these actions on the table."""
        return Realtime(self.table, self.endpoint, self.connections, actions, pushes=False)

    def environment(self) -> dict[str, str]:
        return variables(settings.RealtimeSettings, connections_table=self.table.table_name, endpoint=self.endpoint)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, *(f"dynamodb:{action}" for action in self.actions))
        if self.pushes:
            self.connections.allow(
                function,
                "execute-api:ManageConnections",
                because="Connection ids are not known before they are opened.",
            )


TICKS, OFFER_EXPIRIES = "ticks", "offer-expiries"
"""Names of dispatch's queues."""


@dataclass(frozen=True)
class DispatchQueues:
    """Asking for a zone's next tick, and for the end of an offer."""

    ticks: sqs.IQueue
    offer_expiries: sqs.IQueue

    reaches = (Reach.IPV6,)

    @classmethod
    def named(cls, stack: cdk.Stack, stage: Stage) -> Self:
        """By their names, for another context's functions: its stack refers to none of dispatch's."""
        return cls(*(_named(stack, resource_name(stage.name, "dispatch", name)) for name in (TICKS, OFFER_EXPIRIES)))

    def environment(self) -> dict[str, str]:
        return variables(
            settings.DispatchSettings,
            tick_queue_url=self.ticks.queue_url,
            offer_expiry_queue_url=self.offer_expiries.queue_url,
        )

    def grant(self, function: lambda_.IFunction) -> None:
        self.ticks.grant_send_messages(function)
        self.offer_expiries.grant_send_messages(function)


@dataclass(frozen=True)
class Heartbeat:
    """Asking for the next look at silent drivers."""

    queue: sqs.IQueue

    reaches = (Reach.IPV6,)

    def environment(self) -> dict[str, str]:
        return variables(settings.HeartbeatSettings, queue_url=self.queue.queue_url)

    def grant(self, function: lambda_.IFunction) -> None:
        self.queue.grant_send_messages(function)


def _named(stack: cdk.Stack, queue: str) -> sqs.IQueue:
    return sqs.Queue.from_queue_arn(stack, queue, stack.format_arn(service="sqs", resource=queue))
