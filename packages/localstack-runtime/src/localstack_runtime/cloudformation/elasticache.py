"""`AWS::ElastiCache`: the record of a cache, and the address of the real Redis that answers in its place."""

from .. import settings
from .resource import Properties, Recorded, Request, ResourceType


def _endpoint() -> Properties:
    address = settings.redis()
    return {"Address": address.host, "Port": str(address.port)}


def _replication_group(request: Request) -> Properties:
    identifier = request.name("ReplicationGroupId", limit=40).lower()
    return {
        "ReplicationGroupId": identifier,
        "PrimaryEndPoint": _endpoint(),
        "ReaderEndPoint": _endpoint(),
        "ConfigurationEndPoint": _endpoint(),
    }


def _serverless(request: Request) -> Properties:
    name = request.name("ServerlessCacheName", limit=40).lower()
    return {
        "ServerlessCacheName": name,
        "ARN": request.arn("elasticache", f"serverlesscache:{name}"),
        "Endpoint": _endpoint(),
        "ReaderEndpoint": _endpoint(),
        "Status": "available",
    }


def _cluster(request: Request) -> Properties:
    name = request.name("ClusterName", limit=40).lower()
    return {"ClusterName": name, "RedisEndpoint": _endpoint(), "ConfigurationEndpoint": _endpoint()}


def _active(kind: str, prop: str) -> Recorded:
    def attributes(request: Request) -> Properties:
        return {"Arn": request.arn("elasticache", f"{kind.lower()}:{request.name(prop)}"), "Status": "active"}

    return Recorded(f"AWS::ElastiCache::{kind}", prop, attributes, (prop,))


TYPES: tuple[ResourceType, ...] = (
    Recorded("AWS::ElastiCache::ReplicationGroup", "ReplicationGroupId", _replication_group, ("ReplicationGroupId",)),
    Recorded("AWS::ElastiCache::ServerlessCache", "ServerlessCacheName", _serverless, ("ServerlessCacheName",)),
    Recorded("AWS::ElastiCache::CacheCluster", "ClusterName", _cluster, ("ClusterName",)),
    Recorded("AWS::ElastiCache::SubnetGroup", "CacheSubnetGroupName", create_only=("CacheSubnetGroupName",)),
    Recorded("AWS::ElastiCache::ParameterGroup", "CacheParameterGroupName"),
    _active("User", "UserId"),
    _active("UserGroup", "UserGroupId"),
)
