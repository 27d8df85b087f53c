"""Everything that keeps data: Aurora, Redis, tables, the bucket of driven paths, secrets, and their key."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import capabilities
from infra.constructs.aurora import Aurora
from infra.constructs.gateway_endpoints import GatewayEndpoints
from infra.constructs.nag import accept
from infra.constructs.naming import resource_name, secret_name
from infra.constructs.redis_cluster import RedisCluster
from infra.stacks.base import StageStack
from infra.stacks.network import NetworkStack
from infra.stages import Stage


class DataStack(StageStack):
    """The stores of a stage, behind one key of its own."""

    def __init__(self, scope: Construct, stage: Stage, network: NetworkStack) -> None:
        super().__init__(scope, "data", stage, "stores, secrets and their key")
        self.key = self._key()
        use_table = self._passing_table("DatabaseUse", "database-use", "id") if stage.database_pauses else None
        aurora = self._aurora(network, use_table)
        self.database, self.migrator = aurora.capability, aurora.migrator
        self.redis = self._redis(network)
        self.connections = self._passing_table("Connections", "connections", "person_id", "connection_id")
        self.payment_customers = capabilities.PaymentCustomers(
            self._kept_table("PaymentCustomers", "payment-customers", "rider_id")
        )
        self.sessions = capabilities.Sessions(
            self._passing_table("EndedSessions", "ended-sessions", "person_id", "session")
        )
        role_changes = self._kept_table("RoleChanges", "role-changes", "role")
        self.roles = capabilities.Roles(role_changes)
        cdk.CfnOutput(self, "RoleChangesTable", value=role_changes.table_name)
        self.person_keys = capabilities.PersonKeys(self._kept_table("PersonKeys", "person-keys", "person_id"))
        self.guards = capabilities.Guards(
            self._passing_table("Guards", "guards", "id"), self.stage.address_limit_factor
        )
        self.supply = capabilities.Supply(self.stage.max_speed_mps)
        paths = self._paths()
        self.locations = self._locations(paths)
        self.stripe = capabilities.Stripe(self._stripe_secret(), stage.stripe_api_base)
        self._let_out(network, paths)

    def _let_out(self, network: NetworkStack, paths: s3.Bucket) -> None:
        """What functions in the VPC do with tables and the bucket; the other tables are used from outside of it."""
        endpoints = GatewayEndpoints(self, "Endpoints", vpc=network.vpc)
        endpoints.allow_table(self.connections.table_arn, ("Query", "DeleteItem"))
        endpoints.allow_table(self.person_keys.table.table_arn, ("BatchGetItem", "PutItem"))
        if self.database.use_table:
            endpoints.allow_table(self.database.use_table.table_arn, ("UpdateItem", "BatchGetItem", "PutItem"))
        endpoints.allow_bucket(paths.bucket_arn)
        endpoints.allow_answers_to_cloudformation()

    def _key(self) -> kms.Key:
        """CloudWatch may use it too, to publish to the encrypted topic of alarms."""
        key = kms.Key(
            self,
            "Key",
            alias=f"alias/{resource_name(self.stage.name)}",
            enable_key_rotation=True,
            removal_policy=self.removal_policy,
        )
        cloudwatch = iam.ServicePrincipal(
            "cloudwatch.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": self.account}}
        )
        key.grant(cloudwatch, "kms:Decrypt", "kms:GenerateDataKey*")
        return key

    def _aurora(self, network: NetworkStack, use_table: dynamodb.ITableV2 | None) -> Aurora:
        return Aurora(
            self,
            "Aurora",
            stage=self.stage,
            vpc=network.vpc,
            subnets=network.subnets,
            clients_reach=network.database,
            migrator_group=network.migrator,
            use_table=use_table,
            key=self.key,
        )

    def _redis(self, network: NetworkStack) -> capabilities.Redis:
        redis = RedisCluster(
            self,
            "Redis",
            stage=self.stage,
            subnet_ids=[subnet.subnet_id for subnet in network.vpc.isolated_subnets],
            security_group_id=network.redis.security_group_id,
            key=self.key,
        )
        return redis.capability

    def _passing_table(self, construct_id: str, name: str, *keys: str) -> dynamodb.TableV2:
        """A table whose items expire, so that a stage loses little with it."""
        partition_key, *sort_key = (dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING) for key in keys)
        return dynamodb.TableV2(
            self,
            construct_id,
            table_name=resource_name(self.stage.name, name),
            partition_key=partition_key,
            sort_key=sort_key[0] if sort_key else None,
            time_to_live_attribute="ttl",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def _kept_table(self, construct_id: str, name: str, key: str) -> dynamodb.TableV2:
        """A table whose content could not be rebuilt."""
        return dynamodb.TableV2(
            self,
            construct_id,
            table_name=resource_name(self.stage.name, name),
            partition_key=dynamodb.Attribute(name=key, type=dynamodb.AttributeType.STRING),
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=self.stage.keep_data,
            removal_policy=self.removal_policy,
        )

    def _paths(self) -> s3.Bucket:
        """Paths stay in the standard class: S3 moves no object below 128 KB to a colder one, and a path has a few."""
        bucket = s3.Bucket(
            self,
            "Paths",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                    noncurrent_version_expiration=cdk.Duration.days(30),
                )
            ],
            removal_policy=self.removal_policy,
        )
        accept(bucket, "AwsSolutions-S1", "Only our own functions write here, and CloudTrail can tell which.")
        return bucket

    def _locations(self, paths: s3.Bucket) -> capabilities.Locations:
        export = resource_name(self.stage.name, "paths-arn")
        arn = self.export_value(paths.bucket_arn, name=export)
        objects = capabilities.WildcardArn(f"{arn}/*", f"{export}/*")
        return capabilities.Locations(paths, objects)

    def _stripe_secret(self) -> secretsmanager.Secret:
        """Made with random values; `rideflow deploy` or an operator replaces them by Stripe's."""
        secret = secretsmanager.Secret(
            self,
            "StripeSecret",
            secret_name=secret_name(self.stage.name, "stripe"),
            description="Stripe's api_key and webhook_secret",
            encryption_key=self.key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template='{"api_key": "unset"}',  # noqa: S106 - a placeholder
                generate_string_key="webhook_secret",
                exclude_punctuation=True,
            ),
            removal_policy=self.removal_policy,
        )
        accept(secret, "AwsSolutions-SMG4", "Stripe issues these keys; they are rolled in Stripe's dashboard first.")
        cdk.CfnOutput(self, "StripeSecretArn", value=secret.secret_arn)
        return secret
