"""Sending: events to the bus, frames to people, messages to queues."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.capabilities.base import WildcardArn, variables
from infra.constructs.naming import resource_name
from infra.constructs.placement import Reach
from infra.stages import Stage
from rideflow.kernel import settings


@dataclass(frozen=True)
class Bus:
    """Publishing domain events of some contexts: of others a function cannot tell, whoever has taken it over."""

    bus: events.IEventBus
    contexts: Sequence[str] = ()

    reaches = (Reach.IPV6,)

    def of(self, *contexts: str) -> Bus:
        """The same for events of these contexts alone."""
        return replace(self, contexts=contexts)

    def of_every_context(self) -> Bus:
        """The same for whoever publishes what others have left."""
        return self.of("*")

    def environment(self) -> dict[str, str]:
        return variables(settings.BusSettings, name=self.bus.event_bus_name)

    def grant(self, function: lambda_.IFunction) -> None:
        """A call may have entries of several sources. All of them must be allowed, and there must be one."""
        if not self.contexts:
            raise ValueError("the contexts whose events are published are not told")
        sources = [f"rideflow.{context}" for context in self.contexts]
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["events:PutEvents"],
                resources=[self.bus.event_bus_arn],
                conditions={
                    "ForAllValues:StringLike": {"events:source": sources},
                    "Null": {"events:source": "false"},
                },
            )
        )


PUSH, CLOSE = "POST", "DELETE"
"""Methods of API Gateway's management of connections."""


@dataclass(frozen=True)
class Realtime:
    """The connections of people, and pushing frames to them (which forgets connections found dead)."""

    table: dynamodb.ITableV2
    endpoint: str
    connections: Mapping[str, WildcardArn]
    """Every connection of the stage, by the method that is called on it."""
    actions: Sequence[str] = ("Query", "DeleteItem")
    methods: Sequence[str] = (PUSH,)

    @property
    def reaches(self) -> Collection[Reach]:
        return (Reach.GATEWAY_ENDPOINTS, Reach.IPV6) if self.methods else (Reach.GATEWAY_ENDPOINTS,)

    def admitting(self) -> Realtime:
        """Listing a connection, and closing those that are too many."""
        return replace(self, actions=("PutItem", *self.actions), methods=(CLOSE,))

    def closing(self) -> Realtime:
        """Closing connections after a last frame."""
        return replace(self, methods=(PUSH, CLOSE))

    def posting(self) -> Posts:
        """Only pushing frames, to connections that are known from elsewhere: no access to the table."""
        return Posts(self.endpoint, self.connections)

    def registering(self, *actions: str) -> Realtime:
        """Neither pushing nor closing: only these actions on the table."""
        return replace(self, actions=actions, methods=())

    def environment(self) -> dict[str, str]:
        return variables(settings.RealtimeSettings, connections_table=self.table.table_name, endpoint=self.endpoint)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, *(f"dynamodb:{action}" for action in self.actions))
        for method in self.methods:
            _manage(self.connections[method], function)


@dataclass(frozen=True)
class Posts:
    """Pushing frames to connections that are known from elsewhere."""

    endpoint: str
    connections: Mapping[str, WildcardArn]

    reaches = (Reach.IPV6,)

    def environment(self) -> dict[str, str]:
        return variables(settings.PostsSettings, endpoint=self.endpoint)

    def grant(self, function: lambda_.IFunction) -> None:
        _manage(self.connections[PUSH], function)


def _manage(connections: WildcardArn, function: lambda_.IFunction) -> None:
    reason = "Connection ids are not known before they are opened."
    connections.allow(function, "execute-api:ManageConnections", because=reason)


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


@dataclass(frozen=True)
class Channel:
    """Starting the next producer of the operators' channel."""

    queue: sqs.IQueue

    reaches = (Reach.IPV6,)

    def environment(self) -> dict[str, str]:
        return variables(settings.ChannelSettings, queue_url=self.queue.queue_url)

    def grant(self, function: lambda_.IFunction) -> None:
        self.queue.grant_send_messages(function)


def _named(stack: cdk.Stack, queue: str) -> sqs.IQueue:
    return sqs.Queue.from_queue_arn(stack, queue, stack.format_arn(service="sqs", resource=queue))
