"""Aurora Serverless v2 PostgreSQL: functions reach it by RDS Proxy or without it, migrations directly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.capabilities import Database, Migrator
from infra.constructs.logs import made_before_its_service
from infra.constructs.nag import accept
from infra.constructs.naming import resource_name
from infra.stages import Stage
from rideflow.kernel.settings import STATEMENT_LASTS_MS

DATABASE = "rideflow"
OWNER = "postgres"
"""The master user: it owns the schema and migrates it."""
USER = "functions"
"""The role of functions, which a migration makes (ADR 133)."""
ENGINE = rds.AuroraPostgresEngineVersion.VER_18_4
"""The local stack's PostgreSQL is 18.4 too."""


PAUSES_AFTER = cdk.Duration.minutes(5)
"""Without a connection; Aurora allows no less."""


class _Capacity(TypedDict):
    writer: rds.IClusterInstance
    readers: Sequence[rds.IClusterInstance]
    serverless_v2_min_capacity: float
    serverless_v2_max_capacity: float
    serverless_v2_auto_pause_duration: cdk.Duration | None


class Aurora(Construct):
    """A cluster that its proxy and the migrator reach, over TLS alone; without a proxy the functions themselves.

    Functions connect with an IAM token, and so does the proxy to the cluster: neither has a password.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        clients_reach: ec2.ISecurityGroup,
        migrator_group: ec2.ISecurityGroup,
        use_table: dynamodb.ITableV2 | None,
        key: kms.IKey,
    ) -> None:
        """Clients may connect to the group `clients_reach`. `use_table` counts sessions if the cluster may pause."""
        super().__init__(scope, construct_id)
        self._stage, self._vpc, self._subnets, self._use_table = stage, vpc, subnets, use_table
        closed = self._closed_group()
        self.cluster = self._cluster([closed] if stage.database_proxy else [closed, clients_reach], key)
        self.proxy = self._proxy(clients_reach) if stage.database_proxy else None
        port = self.cluster.connections.default_port
        assert port is not None, "a cluster has a port"
        closed.connections.allow_from(migrator_group, port, "from the migrator")

    @property
    def capability(self) -> Database:
        """The port is the cluster's: RDS Proxy listens on the same."""
        return Database(
            connects_to=self.proxy or self.cluster,
            host=self.proxy.endpoint if self.proxy else self.cluster.cluster_endpoint.hostname,
            port=self._port,
            name=DATABASE,
            user=USER,
            auth=self._stage.database_auth,
            use_table=self._use_table,
        )

    @property
    def migrator(self) -> Migrator:
        return Migrator(
            cluster=self.cluster,
            host=self.cluster.cluster_endpoint.hostname,
            port=self._port,
            name=DATABASE,
            user=OWNER,
            auth="trust" if self._stage.database_auth == "trust" else "password",
            secret=self._secret,
        )

    @property
    def _port(self) -> str:
        return cdk.Token.as_string(self.cluster.cluster_endpoint.port)

    @property
    def _secret(self) -> secretsmanager.ISecret:
        secret = self.cluster.secret
        assert secret is not None, "the cluster's credentials are generated"
        return secret

    def _cluster(self, groups: Sequence[ec2.ISecurityGroup], key: kms.IKey) -> rds.DatabaseCluster:
        stage, name = self._stage, resource_name(self._stage.name, "database")
        engine = rds.DatabaseClusterEngine.aurora_postgres(version=ENGINE)
        cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=name,
            engine=engine,
            parameter_group=self._parameters(engine),
            credentials=rds.Credentials.from_generated_secret(OWNER, encryption_key=key),
            default_database_name=DATABASE,
            vpc=self._vpc,
            vpc_subnets=self._subnets,
            security_groups=list(groups),
            iam_authentication=True,
            storage_encrypted=True,
            storage_encryption_key=key,
            backup=rds.BackupProps(retention=cdk.Duration.days(stage.backup_days)),
            copy_tags_to_snapshot=True,
            deletion_protection=stage.keep_data,
            cloudwatch_logs_exports=["postgresql"],
            removal_policy=cdk.RemovalPolicy.SNAPSHOT if stage.keep_data else cdk.RemovalPolicy.DESTROY,
            **self._capacity(),
        )
        logs = made_before_its_service(self, "Logs", stage, f"/aws/rds/cluster/{name}/postgresql")
        cluster.node.add_dependency(logs)
        self._explain(cluster)
        return cluster

    def _capacity(self) -> _Capacity:
        """How many instances there are, and how large they get."""
        stage = self._stage
        return {
            "writer": rds.ClusterInstance.serverless_v2("Writer"),
            "readers": [
                rds.ClusterInstance.serverless_v2(f"Reader{number}", scale_with_writer=True)
                for number in range(stage.database_readers)
            ],
            "serverless_v2_min_capacity": stage.database_min_acu,
            "serverless_v2_max_capacity": stage.database_max_acu,
            "serverless_v2_auto_pause_duration": PAUSES_AFTER if stage.database_pauses else None,
        }

    def _parameters(self, engine: rds.IClusterEngine) -> rds.ParameterGroup:
        return rds.ParameterGroup(
            self,
            "Parameters",
            engine=engine,
            description="Statements are ended before their function is; errors are logged without values",
            # The detail of a violated key would have its values, a plate for instance.
            parameters={
                "statement_timeout": str(STATEMENT_LASTS_MS),
                "log_error_verbosity": "terse",
                "rds.force_ssl": "1",
            },
        )

    def _closed_group(self) -> ec2.SecurityGroup:
        """A proxy opens it to itself, and the migrator is let in."""
        return ec2.SecurityGroup(self, "Group", vpc=self._vpc, description="Aurora", allow_all_outbound=False)

    def _proxy(self, group: ec2.ISecurityGroup) -> rds.DatabaseProxy:
        role = iam.Role(self, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        self.cluster.grant_connect(role, USER)
        name = resource_name(self._stage.name, "database")
        logs = made_before_its_service(self, "ProxyLogs", self._stage, f"/aws/rds/proxy/{name}")
        proxy = rds.DatabaseProxy(
            self,
            "Proxy",
            db_proxy_name=name,
            proxy_target=rds.ProxyTarget.from_cluster(self.cluster),
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            require_tls=True,
            vpc=self._vpc,
            vpc_subnets=self._subnets,
            security_groups=[group],
            role=role,
            borrow_timeout=cdk.Duration.seconds(5),
        )
        proxy.node.add_dependency(logs)
        return proxy

    def _explain(self, cluster: rds.DatabaseCluster) -> None:
        if not self._stage.keep_data:
            accept(cluster, "AwsSolutions-RDS10", "A stage without data worth keeping must be deletable.")
        accept(cluster, "AwsSolutions-SMG4", "Only migrations use the password; people and functions use IAM tokens.")
        accept(cluster, "AwsSolutions-RDS11", "The port is no secret: only our own security groups reach it.")
