"""Stores: PostgreSQL, Redis, the table of Stripe customers, the bucket of driven paths."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from infra.capabilities.base import WildcardArn, read_secret, variables
from infra.constructs.placement import Reach
from rideflow.kernel import settings


@dataclass(frozen=True)
class Database:
    """PostgreSQL, through RDS Proxy or not, as the role that has the rights of all functions and owns nothing.

    `use_table` counts the sessions that functions open, if the database may pause.
    """

    connects_to: rds.DatabaseProxy | rds.DatabaseCluster
    host: str
    port: str
    name: str
    user: str
    auth: str
    use_table: dynamodb.ITableV2 | None
    sweeps: bool = False

    @property
    def reaches(self) -> Collection[Reach]:
        return (Reach.DATABASE, Reach.GATEWAY_ENDPOINTS) if self.use_table else (Reach.DATABASE,)

    def sweeping(self) -> Database:
        """The same for sweeps, which sleep while nobody uses the database."""
        return replace(self, sweeps=True)

    def environment(self) -> dict[str, str]:
        return variables(
            settings.DatabaseSettings,
            host=self.host,
            port=self.port,
            name=self.name,
            user=self.user,
            auth=self.auth,
            use_table=self.use_table.table_name if self.use_table else "",
        )

    def grant(self, function: lambda_.IFunction) -> None:
        self.connects_to.grant_connect(function, self.user)
        if self.use_table:
            looks = ("dynamodb:BatchGetItem", "dynamodb:PutItem") if self.sweeps else ()
            self.use_table.grant(function, "dynamodb:UpdateItem", *looks)


@dataclass(frozen=True)
class Migrator:
    """PostgreSQL itself, past the proxy, as the owner of the schema: for migrations alone.

    RDS may refuse the owner's password once the owner counts as a member of `rds_iam`, so a token is allowed too.
    """

    cluster: rds.DatabaseCluster
    host: str
    port: str
    name: str
    user: str
    auth: str
    secret: secretsmanager.ISecret
    """With the owner's password."""

    reaches = (Reach.CLUSTER, Reach.IPV6)

    def environment(self) -> dict[str, str]:
        return variables(
            settings.MigratorSettings,
            host=self.host,
            port=self.port,
            name=self.name,
            user=self.user,
            auth=self.auth,
            secret_arn=self.secret.secret_arn,
        )

    def grant(self, function: lambda_.IFunction) -> None:
        read_secret(function, self.secret)
        self.cluster.grant_connect(function, self.user)


@dataclass(frozen=True)
class Redis:
    """The Redis cluster. A function signs in as the ACL user of functions."""

    host: str
    port: str
    name: str
    user: str
    auth: str
    arns: Sequence[str]
    """Of the cluster and of the user: IAM asks for both."""

    reaches = (Reach.REDIS,)

    def environment(self) -> dict[str, str]:
        return variables(
            settings.RedisSettings, host=self.host, port=self.port, name=self.name, user=self.user, auth=self.auth
        )

    def grant(self, function: lambda_.IFunction) -> None:
        connect = iam.PolicyStatement(actions=["elasticache:Connect"], resources=list(self.arns))
        function.add_to_role_policy(connect)


@dataclass(frozen=True)
class PaymentCustomers:
    """The table of riders' Stripe customers."""

    table: dynamodb.ITableV2

    reaches = (Reach.GATEWAY_ENDPOINTS,)

    def environment(self) -> dict[str, str]:
        return variables(settings.PaymentCustomersSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class Sessions:
    """The table of ended sign-in sessions: read where people are let in, written where they are signed out."""

    table: dynamodb.ITableV2
    action: str = "Query"

    reaches = (Reach.GATEWAY_ENDPOINTS,)

    def ending(self) -> Sessions:
        """The same for functions that end sessions."""
        return replace(self, action="PutItem")

    def environment(self) -> dict[str, str]:
        return variables(settings.SessionsSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, f"dynamodb:{self.action}")


@dataclass(frozen=True)
class Roles:
    """Changes that staff made to roles, for the authorizer."""

    table: dynamodb.ITableV2

    reaches = (Reach.GATEWAY_ENDPOINTS,)

    def environment(self) -> dict[str, str]:
        return variables(settings.RolesSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:Scan")


@dataclass(frozen=True)
class PersonKeys:
    """The table of people's keys. A function may read keys, and none may delete one. Some make a person's first key, on
    the condition that there is none.
    """

    table: dynamodb.ITableV2
    makes: bool = False

    reaches = (Reach.GATEWAY_ENDPOINTS,)

    def making(self) -> PersonKeys:
        """The same for functions that seal: they make the key of a person who has none."""
        return replace(self, makes=True)

    def environment(self) -> dict[str, str]:
        return variables(settings.PersonKeysSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:BatchGetItem", *(["dynamodb:PutItem"] if self.makes else []))


@dataclass(frozen=True)
class Guards:
    """What operations outside the VPC keep in a table: limits of callers, used codes, how far a sweep has read."""

    table: dynamodb.ITableV2
    address_factor: int

    reaches = (Reach.GATEWAY_ENDPOINTS,)

    def environment(self) -> dict[str, str]:
        return variables(settings.GuardsSettings, table=self.table.table_name, address_factor=str(self.address_factor))

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class Supply:
    """The speed limit that positions are checked against."""

    max_speed_mps: float

    reaches = ()

    def environment(self) -> dict[str, str]:
        return variables(settings.SupplySettings, max_speed_mps=str(self.max_speed_mps))

    def grant(self, function: lambda_.IFunction) -> None:
        """Nothing to grant: it is a number."""


@dataclass(frozen=True)
class Locations:
    """The bucket in which driven paths are archived."""

    paths: s3.IBucket
    objects: WildcardArn
    archives: bool = False

    @property
    def reaches(self) -> Collection[Reach]:
        return (Reach.GATEWAY_ENDPOINTS,) if self.archives else ()

    def archiving(self) -> Locations:
        """The same with permission to write paths and to read written ones."""
        return replace(self, archives=True)

    def environment(self) -> dict[str, str]:
        return variables(settings.LocationsSettings, paths_bucket=self.paths.bucket_name)

    def grant(self, function: lambda_.IFunction) -> None:
        if self.archives:
            for action in ("s3:PutObject", "s3:GetObject"):
                self.objects.allow(function, action, because="Each driven path is an object of its own.")
            # Without it S3 answers 403 for a missing object, and a path that may not be read looks like a missing one.
            list_bucket = iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.paths.bucket_arn])
            function.add_to_role_policy(list_bucket)
            if key := self.paths.encryption_key:
                key.grant(function, "kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True)
class DeploymentAnswers:
    """Answering CloudFormation, which runs a custom resource and waits for an object at a signed address in S3."""

    reaches = (Reach.GATEWAY_ENDPOINTS,)

    def environment(self) -> dict[str, str]:
        return {}

    def grant(self, function: lambda_.IFunction) -> None:
        """Nothing to grant: the address is signed."""
