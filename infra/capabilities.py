"""What a function may use. Each capability gives the settings that name the thing and the permissions to use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from infra.constructs.nag import accept
from infra.constructs.naming import resource_name
from infra.stages import Stage
from rideflow.kernel import settings
from rideflow.kernel.settings import Settings

MAX_SPEED_MPS = 60
"""LO6: a position that would need more since the last one is impossible."""
RIDERS_PATIENCE_S = 300
"""DI7: how long a rider waits for a driver."""


def variables(of: type[Settings], **values: str) -> dict[str, str]:
    """Environment variables for every field of a settings class, no more and no fewer."""
    given = {f"{of.prefix}_{name}".upper(): value for name, value in values.items()}
    if set(given) != set(of.variables()):
        raise ValueError(f"{of.__name__} has {sorted(of.variables())}, given are {sorted(given)}")
    return given


@dataclass(frozen=True)
class WildcardArn:
    """An ARN with a wildcard, and how cdk-nag spells it: a value from another stack by the name of its export."""

    arn: str
    finding: str

    def allow(self, function: lambda_.IFunction, action: str, *, because: str) -> None:
        """Grant one action on it, with the reason for the wildcard on the very role."""
        function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=[self.arn]))
        if function.role is None:
            raise ValueError("the function has no role of its own")
        accept(function.role, "AwsSolutions-IAM5", because, f"Resource::{self.finding}")


@dataclass(frozen=True)
class Database:
    """PostgreSQL through RDS Proxy. Whoever may connect may do all that the application's user may."""

    proxy: rds.IDatabaseProxy
    port: str
    name: str
    user: str
    auth: str

    in_vpc = True

    def environment(self) -> dict[str, str]:
        return variables(
            settings.DatabaseSettings,
            host=self.proxy.endpoint,
            port=self.port,
            name=self.name,
            user=self.user,
            auth=self.auth,
        )

    def grant(self, function: lambda_.IFunction) -> None:
        self.proxy.grant_connect(function, self.user)


@dataclass(frozen=True)
class Redis:
    """The Redis cluster; the network alone decides who reaches it."""

    host: str
    port: str
    tls: bool

    in_vpc = True

    def environment(self) -> dict[str, str]:
        return variables(settings.RedisSettings, host=self.host, port=self.port, tls=str(self.tls).lower())

    def grant(self, function: lambda_.IFunction) -> None:
        """Nothing to grant: see `in_vpc`."""


@dataclass(frozen=True)
class Bus:
    """Publishing domain events."""

    bus: events.IEventBus

    in_vpc = False

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

    in_vpc = False

    def registering(self, action: str) -> Realtime:
        """The same without pushing: only this action on the table."""
        return Realtime(self.table, self.endpoint, self.connections, (action,), pushes=False)

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


@dataclass(frozen=True)
class Identity:
    """The user pool: settings to verify tokens with, and the actions that the operation asks of Cognito."""

    pool: cognito.IUserPool
    client_id: str
    issuer: str
    jwks_url: str
    actions: Sequence[str] = ()

    in_vpc = False

    def allowing(self, *actions: str) -> Identity:
        """The same pool with permission for these actions (`cognito-idp:` is put before each)."""
        return Identity(self.pool, self.client_id, self.issuer, self.jwks_url, actions)

    def environment(self) -> dict[str, str]:
        return variables(
            settings.IdentitySettings,
            user_pool_id=self.pool.user_pool_id,
            client_id=self.client_id,
            issuer=self.issuer,
            jwks_url=self.jwks_url,
        )

    def grant(self, function: lambda_.IFunction) -> None:
        if self.actions:
            self.pool.grant(function, *(f"cognito-idp:{action}" for action in self.actions))


@dataclass(frozen=True)
class Stripe:
    """Calling Stripe, from outside the VPC."""

    secret: secretsmanager.ISecret
    api_base: str

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.StripeSettings, secret_arn=self.secret.secret_arn, api_base=self.api_base)

    def grant(self, function: lambda_.IFunction) -> None:
        """Not by `grant_read`: that writes the function's role into the key's policy, in a stack that stands below."""
        read = iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self.secret.secret_arn])
        function.add_to_role_policy(read)
        if key := self.secret.encryption_key:
            key.grant_decrypt(function)


@dataclass(frozen=True)
class PaymentCustomers:
    """Which Stripe customer a rider is."""

    table: dynamodb.ITableV2

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.PaymentCustomersSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class DispatchQueues:
    """Asking for a zone's next tick, and for the end of an offer."""

    ticks: sqs.IQueue
    offer_expiries: sqs.IQueue

    in_vpc = False

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
class Locations:
    """What a position is checked by, and where driven paths are archived."""

    paths: s3.IBucket
    objects: WildcardArn
    archives: bool = False

    in_vpc = False

    def archiving(self) -> Locations:
        """The same with permission to write paths."""
        return Locations(self.paths, self.objects, archives=True)

    def environment(self) -> dict[str, str]:
        return variables(
            settings.LocationsSettings, max_speed_mps=str(MAX_SPEED_MPS), paths_bucket=self.paths.bucket_name
        )

    def grant(self, function: lambda_.IFunction) -> None:
        if self.archives:
            self.objects.allow(function, "s3:PutObject", because="Each driven path is an object of its own.")
            if key := self.paths.encryption_key:
                key.grant(function, "kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True)
class Heartbeat:
    """Asking for the next look at silent drivers."""

    queue: sqs.IQueue

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.HeartbeatSettings, queue_url=self.queue.queue_url)

    def grant(self, function: lambda_.IFunction) -> None:
        self.queue.grant_send_messages(function)


@dataclass(frozen=True)
class Saga:
    """Starting a saga, and asking what became of one."""

    machine_arn: str
    executions: WildcardArn

    in_vpc = False

    @classmethod
    def named(cls, stack: cdk.Stack, stage: Stage, workflow: str) -> Self:
        """By its name, so that it is the same before and after the state machine exists."""
        machine, executions = (
            stack.format_arn(
                service="states",
                resource=kind,
                resource_name=f"{resource_name(stage.name, workflow)}{suffix}",
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for kind, suffix in (("stateMachine", ""), ("execution", ":*"))
        )
        prefix = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution"
        return cls(machine, WildcardArn(executions, f"{prefix}:{resource_name(stage.name, workflow)}:*"))

    def grant(self, function: lambda_.IFunction) -> None:
        start = iam.PolicyStatement(actions=["states:StartExecution"], resources=[self.machine_arn])
        function.add_to_role_policy(start)


@dataclass(frozen=True)
class SettleSaga(Saga):
    """Starting the saga that settles an ended trip, and asking whether the last one still runs."""

    def environment(self) -> dict[str, str]:
        return variables(settings.SettleSagaSettings, state_machine_arn=self.machine_arn)

    def grant(self, function: lambda_.IFunction) -> None:
        super().grant(function)
        self.executions.allow(function, "states:DescribeExecution", because="Each trip has an execution of its own.")


@dataclass(frozen=True)
class MatchSaga(Saga):
    """Starting the saga that finds a driver."""

    def environment(self) -> dict[str, str]:
        return variables(
            settings.MatchSagaSettings, state_machine_arn=self.machine_arn, patience_s=str(RIDERS_PATIENCE_S)
        )


@dataclass(frozen=True)
class SagaAnswers:
    """Answering a task that a saga waits for. The token names the execution, so there are no settings."""

    saga: Saga

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return {}

    def grant(self, function: lambda_.IFunction) -> None:
        answer = iam.PolicyStatement(actions=["states:SendTaskSuccess"], resources=[self.saga.machine_arn])
        function.add_to_role_policy(answer)
