"""Stores: PostgreSQL, Redis, the table of Stripe customers, the bucket of driven paths."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3

from infra.capabilities.base import WildcardArn, variables
from rideflow.kernel import settings


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
class PaymentCustomers:
    """Which Stripe customer a rider is."""

    table: dynamodb.ITableV2

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.PaymentCustomersSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class Sessions:
    """Which sign-in sessions were ended: asked by those who let people in, noted by those who sign them out."""

    table: dynamodb.ITableV2
    action: str = "Query"

    in_vpc = False

    def ending(self) -> Sessions:
        """The same for those who end sessions."""
        return replace(self, action="PutItem")

    def environment(self) -> dict[str, str]:
        return variables(settings.SessionsSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, f"dynamodb:{self.action}")


@dataclass(frozen=True)
class Roles:
    """What staff changed of the roles, for the authorizer."""

    table: dynamodb.ITableV2

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.RolesSettings, table=self.table.table_name)

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:Scan")


@dataclass(frozen=True)
class Guards:
    """What protects operations outside the VPC: the limits of callers, and codes that were used."""

    table: dynamodb.ITableV2
    address_factor: int

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.GuardsSettings, table=self.table.table_name, address_factor=str(self.address_factor))

    def grant(self, function: lambda_.IFunction) -> None:
        self.table.grant(function, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class Supply:
    """What a position is checked by."""

    max_speed_mps: float

    in_vpc = False

    def environment(self) -> dict[str, str]:
        return variables(settings.SupplySettings, max_speed_mps=str(self.max_speed_mps))

    def grant(self, function: lambda_.IFunction) -> None:
        """Nothing to grant: it is a figure."""


@dataclass(frozen=True)
class Locations:
    """Where driven paths are archived."""

    paths: s3.IBucket
    objects: WildcardArn
    archives: bool = False

    in_vpc = False

    def archiving(self) -> Locations:
        """The same with permission to write paths, and to read which were written."""
        return replace(self, archives=True)

    def environment(self) -> dict[str, str]:
        return variables(settings.LocationsSettings, paths_bucket=self.paths.bucket_name)

    def grant(self, function: lambda_.IFunction) -> None:
        if self.archives:
            for action in ("s3:PutObject", "s3:GetObject"):
                self.objects.allow(function, action, because="Each driven path is an object of its own.")
            # Else S3 answers 403 for what is not there, and a path that may not be read looks like none.
            list_bucket = iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.paths.bucket_arn])
            function.add_to_role_policy(list_bucket)
            if key := self.paths.encryption_key:
                key.grant(function, "kms:GenerateDataKey", "kms:Decrypt")
