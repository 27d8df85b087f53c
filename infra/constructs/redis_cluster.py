"""ElastiCache for Redis in cluster mode."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.capabilities import Redis
from infra.constructs.nag import accept
from infra.constructs.naming import resource_name
from infra.stages import Stage

PORT = 6379


class RedisCluster(Construct):
    """Shards by hash slot, encrypted in flight and at rest. It holds nothing that cannot be built again."""

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
        self._tls = stage.redis_tls
        self._group = self._replication_group(stage, subnet_ids, security_group_id, key)
        only_functions = "Only the functions' security group reaches the port; there is no other client to keep out."
        accept(self._group, "AwsSolutions-AEC5", only_functions)
        accept(self._group, "AwsSolutions-AEC6", only_functions)
        if not stage.redis_replicas:
            accept(self._group, "AwsSolutions-AEC4", "A stage without riders may lose its one node.")

    @property
    def capability(self) -> Redis:
        return Redis(
            host=self._group.attr_configuration_end_point_address,
            port=self._group.attr_configuration_end_point_port,
            tls=self._tls,
        )

    def _replication_group(
        self, stage: Stage, subnet_ids: Sequence[str], security_group_id: str, key: kms.IKey
    ) -> elasticache.CfnReplicationGroup:
        name = resource_name(stage.name, "redis")
        subnets = elasticache.CfnSubnetGroup(
            self, "Subnets", cache_subnet_group_name=name, description="Private subnets", subnet_ids=list(subnet_ids)
        )
        return elasticache.CfnReplicationGroup(
            self,
            "Group",
            replication_group_id=name,
            replication_group_description="Live positions, open requests, offers and surge",
            engine="redis",
            engine_version="7.1",
            # Its `cluster-require-full-coverage` is `no`: a shard without a master leaves the others' zones alone.
            cache_parameter_group_name="default.redis7.cluster.on",
            cache_node_type=stage.redis_node_type,
            cluster_mode="enabled",
            num_node_groups=stage.redis_shards,
            replicas_per_node_group=stage.redis_replicas,
            automatic_failover_enabled=True,
            multi_az_enabled=stage.redis_replicas > 0,
            port=PORT,
            transit_encryption_enabled=True,
            at_rest_encryption_enabled=True,
            kms_key_id=key.key_arn,
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[security_group_id],
        )
