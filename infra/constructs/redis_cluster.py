"""ElastiCache for Valkey in cluster mode; it speaks Redis's protocol."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.capabilities import Redis
from infra.constructs.nag import accept
from infra.constructs.naming import resource_name
from infra.stages import Stage
from rideflow.kernel.redis_access import access

PORT = 6379
ENGINE = "valkey"


class RedisCluster(Construct):
    """Shards by hash slot, encrypted in flight and at rest. It holds nothing that cannot be built again.

    Only functions sign in, with an IAM token, as a user who may run the product's commands on the product's keys.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        subnet_ids: Sequence[str],
        security_group_id: str,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stage, self._name = stage, resource_name(stage.name, "redis")
        self._user = self._functions()
        self._group = self._replication_group(subnet_ids, security_group_id, key)
        accept(
            self._group,
            "AwsSolutions-AEC5",
            "Only the functions' security group reaches the port: another number would keep nobody out.",
        )
        accept(
            self._group,
            "AwsSolutions-AEC6",
            "Users sign in by a user group with IAM tokens; the rule knows the one shared password only.",
        )
        if not stage.redis_replicas:
            accept(self._group, "AwsSolutions-AEC4", "A stage without riders may lose its one node.")

    @property
    def capability(self) -> Redis:
        return Redis(
            host=self._group.attr_configuration_end_point_address,
            port=self._group.attr_configuration_end_point_port,
            name=self._name,
            user=self._user.user_name,
            auth=self._stage.redis_auth,
            arns=[self._arn("replicationgroup", self._name), self._user.attr_arn],
        )

    def _arn(self, kind: str, name: str) -> str:
        stack = cdk.Stack.of(self)
        return stack.format_arn(
            service="elasticache", resource=kind, resource_name=name, arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
        )

    def _functions(self) -> elasticache.CfnUser:
        """IAM wants the id and the name of a user to be the same, and an account has each id once."""
        name = resource_name(self._stage.name, "functions")
        return elasticache.CfnUser(
            self,
            "Functions",
            user_id=name,
            user_name=name,
            engine=ENGINE,
            authentication_mode={"Type": "iam"},
            access_string=access(),
        )

    def _replication_group(
        self, subnet_ids: Sequence[str], security_group_id: str, key: kms.IKey
    ) -> elasticache.CfnReplicationGroup:
        stage, name = self._stage, self._name
        users = elasticache.CfnUserGroup(self, "Users", user_group_id=name, engine=ENGINE, user_ids=[self._user.ref])
        subnets = elasticache.CfnSubnetGroup(
            self, "Subnets", cache_subnet_group_name=name, description="Private subnets", subnet_ids=list(subnet_ids)
        )
        return elasticache.CfnReplicationGroup(
            self,
            "Group",
            replication_group_id=name,
            replication_group_description="Live positions, open requests, offers and surge",
            engine=ENGINE,
            engine_version="8.0",
            # Its `cluster-require-full-coverage` is `no`: a shard without a master leaves the others' zones alone.
            cache_parameter_group_name="default.valkey8.cluster.on",
            cache_node_type=stage.redis_node_type,
            cluster_mode="enabled",
            num_node_groups=stage.redis_shards,
            replicas_per_node_group=stage.redis_replicas,
            automatic_failover_enabled=True,
            multi_az_enabled=stage.redis_replicas > 0,
            port=PORT,
            transit_encryption_enabled=True,
            user_group_ids=[users.ref],
            at_rest_encryption_enabled=True,
            kms_key_id=key.key_arn,
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[security_group_id],
        )
